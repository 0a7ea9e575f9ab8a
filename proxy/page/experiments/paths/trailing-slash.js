import { HOST } from '../conf.js';
import { cuts } from '../draw/cut.js';
import { targets } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/kept/ {
    proxy_pass http://app;
    ${HOST}
}
location /experiment/cut/ {
    proxy_pass http://app/;
    ${HOST}
}`;

const ASKED = '/experiment/cut/anything/shoes';

export default {
    ask: {
        question: `proxy_pass ends with a slash: location /experiment/cut/ { proxy_pass http://app/; } A client asks for ${ASKED}. What is the app asked for?`,
        answers: {
            [ASKED]: ASKED,
            '/anything/shoes': '/anything/shoes',
            '//anything/shoes': '//anything/shoes',
        },
    },
    steps: [
        'Two locations are added to the running nginx.conf: one whose proxy_pass ends without a slash, one with.',
        'Each is asked for a path below it.',
        'The first line of each request is read as it came to the proxy and as it left it.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, line] of [['kept', 'proxy_pass http://app;'], ['cut', 'proxy_pass http://app/;']]) {
            const sent = await lab.send(`/experiment/${name}/anything/shoes`);
            const exchange = await lab.exchange(sent.id);
            const { came, left } = targets(exchange);
            lab.need(left !== null, `no request left the proxy: ${sent.said}`);
            rows.push({ label: line, came, left, id: sent.id, then: `the app said ${sent.said}${sent.status === 404 ? `: ${sent.line}` : ''}`, tone: sent.status === 200 ? 'ok' : 'not' });
        }
        return {
            answer: rows[1].left,
            verdict: `${rows[1].came} left the proxy as ${rows[1].left}. Without the slash, ${rows[0].came} left as ${rows[0].left}.`,
            figures: [cuts('The path as it came to the proxy; what it cut out before the request left is struck out', rows)],
            why: 'With a URI in proxy_pass, even just "/", that URI takes the place of the part of the path that the location matched. Without one, the path goes on'
                + ' as it came, and the app has to know it.',
            conf: CONF,
        };
    }),
};
