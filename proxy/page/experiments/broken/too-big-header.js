import { HOST } from '../conf.js';
import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

const SIZE = 20000;

const CONF = `location /experiment/usual/ {
    ${HOST}
    proxy_pass http://app/;
}
location /experiment/larger/ {
    proxy_buffer_size 32k;
    proxy_buffers 8 32k;
    ${HOST}
    proxy_pass http://app/;
}`;

export default {
    ask: {
        question: `After a login the app sets large cookies: ${SIZE.toLocaleString('en')} bytes of headers. It answers 200 when asked directly. Through the proxy?`,
        answers: { 502: '502', 200: '200', 431: '431: header fields too large' },
    },
    steps: [`The app’s /big-headers/${SIZE} is asked directly, and through two locations: with nginx’s usual proxy_buffer_size, and with 32k.`],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const direct = lab.needStatus(await lab.send(`/big-headers/${SIZE}`, { via: 'direct' }), 200, 'the app itself');
        // the status line, and each field with its colon, blank and line break; an empty line ends them
        const head = direct.statusLine.length + 2 + direct.received.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 2);
        const rows = [{ label: 'direct', cells: [direct.said, 'the app', null], tone: 'ok' }];
        for (const [name, label] of [['usual', 'proxy_buffer_size as it is'], ['larger', 'proxy_buffer_size 32k']]) {
            const sent = await lab.send(`/experiment/${name}/big-headers/${SIZE}`);
            const exchange = await lab.exchange(sent.id);
            rows.push({ label, id: sent.id, status: sent.status, tone: sent.status === 200 ? 'ok' : 'not', cells: [sent.said, answered(exchange), (exchange.errorLog ?? []).join('\n') || null] });
        }
        return {
            answer: String(rows[1].status),
            verdict: `Usual buffer: ${rows[1].status}. With 32k: ${rows[2].status}.`,
            figures: [
                bars('The response’s head in bytes, and what fits', [{ label: 'the head that came directly', value: head, who: 'app' }, { label: 'limit of 4k', value: 4096, who: 'proxy' }, { label: 'limit of 8k', value: 8192, who: 'proxy' }, { label: 'limit of 32k', value: 32768, who: 'proxy' }], { format: counted }),
                table('What came of it', ['status', 'who answered', 'error log'], rows),
            ],
            why: 'The whole head of a response has to fit into proxy_buffer_size (one memory page by default: 4k or 8k). If it does not, nginx logs “upstream sent too big header” and answers 502. The app’s own log says 200.',
            conf: CONF,
        };
    }),
};
