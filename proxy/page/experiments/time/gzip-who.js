import { HOST } from '../conf.js';
import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { field } from '../evidence.js';
import * as needs from '../needs.js';

const GZIP = `gzip on;
    gzip_proxied any;
    gzip_types text/plain application/json;
    gzip_min_length 20;`;

const CONF = `location /experiment/off/ {
    gzip off;
    ${HOST}
    proxy_pass http://app/;
}
location /experiment/on/ {
    ${GZIP}
    ${HOST}
    proxy_pass http://app/;
}`;

export default {
    ask: {
        question: 'A response arrives with “Content-Encoding: gzip”, though the app has sent plain text. Who did it?',
        answers: { proxy: 'the proxy', app: 'the app', browser: 'the browser' },
    },
    steps: ['The app’s /headers (plain JSON) is asked through a location with gzip and one without, and its /gzip, which compresses by itself, through both.', 'Content-Encoding is read where the app’s answer arrives at the proxy, and where it leaves it.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, path] of [['off', 'headers'], ['on', 'headers'], ['off', 'gzip'], ['on', 'gzip']]) {
            const sent = lab.needStatus(await lab.send(`/experiment/${name}/${path}`, { headers: [['Accept-Encoding', 'gzip'], ['X-Long', 'a '.repeat(400)]] }), 200);
            const exchange = await lab.exchange(sent.id);
            const [app, client] = [field(exchange, 'fromUpstream', 'Content-Encoding') ?? null, field(exchange, 'toClient', 'Content-Encoding') ?? null];
            rows.push({ label: `gzip ${name}, the app’s /${path}`, id: sent.id, bytes: exchange.bytes.sent, app, client, cells: [app, client, client === null ? 'nobody' : app === client ? 'the app' : 'the proxy'] });
        }
        const made = rows[1];
        lab.need(made.client === 'gzip', 'the location with gzip did not compress');
        return {
            answer: made.app === null ? 'proxy' : 'app',
            verdict: `The app’s plain answer went to the client as ${made.client}: ${counted(rows[0].bytes)} bytes became ${counted(made.bytes)}. What the app has compressed itself was passed on as it is.`,
            figures: [bars('Bytes sent to the client', rows.map((row) => ({ label: row.label, value: row.bytes, who: row.app ? 'app' : 'proxy' })), { format: counted }),
                table('Content-Encoding', ['from the app', 'to the client', 'who did it'], rows)],
            why: 'gzip_types lists what is compressed (text/html always); gzip_proxied says whether also for requests that came through another proxy (Via). The CPU time is the proxy’s then. A response that is compressed on its way has no Content-Length, since nobody knows it beforehand.',
            conf: CONF,
        };
    }),
};
