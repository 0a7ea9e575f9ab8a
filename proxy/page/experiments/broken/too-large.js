import { HOST } from '../conf.js';
import { lanes } from '../draw/lanes.js';
import { answered, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const LIMIT = 1024;

const CONF = `location /experiment/ {
    client_max_body_size ${LIMIT};
    ${HOST}
    proxy_pass http://app/;
}`;

const bytes = (n) => `${n} B`;

export default {
    ask: {
        question: `client_max_body_size is ${LIMIT} bytes, and a client sends 2000 with a Content-Length. Who says 413, and does the app get the request?`,
        answers: { proxy: 'The proxy, and the app is not asked', both: 'The proxy, after the app has got the beginning', app: 'The app' },
    },
    steps: [
        `A location with client_max_body_size ${LIMIT} is added.`,
        '500 bytes are sent, then 2000, then 2000 in chunks, whose length nobody announces.',
        'The proxy’s record says who answered, and whether the app was asked.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const small = await post(lab, '500 bytes', 500);
        const large = await post(lab, '2000 bytes', 2000);
        const chunked = await post(lab, '2000 bytes in chunks', 2000, [['Transfer-Encoding', 'chunked']]);
        return {
            answer: large.status !== 413 ? undefined : large.asked ? 'both' : 'proxy',
            verdict: `500 bytes: ${small.said}. 2000: ${large.said}. 2000 in chunks: ${chunked.said}.`,
            figures: [lanes('How many bytes were sent, and what came of it', [
                { label: 'client_max_body_size', value: bytes(LIMIT), bars: [{ to: LIMIT, who: 'proxy', text: 'the limit' }] },
                small, large, chunked,
            ], { format: bytes })],
            why: 'nginx compares Content-Length with client_max_body_size (1m unless set) before it reads the content or connects to the app. Of what comes in chunks it does not know the length, so it'
                + ' counts, and stops when it is too much; unless proxy_request_buffering is off, the app has not been asked by then.',
            conf: CONF,
        };
    }),
};

async function post(lab, label, length, headers = []) {
    const sent = await lab.send('/experiment/upload', { method: 'POST', body: 'x'.repeat(length), headers });
    const exchange = await lab.exchange(sent.id);
    const asked = lastTry(exchange) !== undefined;
    return {
        label,
        id: sent.id,
        status: sent.status,
        asked,
        said: `${sent.said}, ${asked ? 'and the app was asked' : 'and the app was not asked'}`,
        value: sent.said,
        note: `${asked ? 'the app was asked' : 'the app was not asked'}; ${answered(exchange)}`,
        bars: [{ to: length, who: sent.status === 413 ? 'failed' : 'app', text: `sent, answered with ${sent.said}` }],
    };
}
