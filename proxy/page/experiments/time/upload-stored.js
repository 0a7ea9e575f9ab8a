import { HOST } from '../conf.js';
import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = ['on', 'off'].map((what) => `location = /experiment/${what}/upload {
    proxy_request_buffering ${what};
    proxy_http_version 1.1;
    ${HOST}
    proxy_pass http://app/upload;
}`).join('\n');

const BYTES = 300_000;
const RATE = 150_000;

export default {
    ask: {
        question: `A client sends ${BYTES / 1000} kB at ${RATE / 1000} kB a second. proxy_request_buffering is on, as it is unless you say otherwise. When does the app hear of this upload?`,
        answers: { end: 'when the client has sent all of it', start: 'at once, and gets each part as it comes', never: 'not at all: the proxy keeps it' },
    },
    steps: [
        'Two locations are added: one with proxy_request_buffering on, one with off.',
        `A client sends ${BYTES / 1000} kB to the app’s /upload through each, at ${RATE / 1000} kB a second.`,
        'When the proxy began to ask the app and when it had its answer is read from the proxy’s record, and how long the app was receiving from what it says itself.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const ways = [];
        for (const buffering of ['on', 'off']) {
            lab.say(`the slow client sends, with proxy_request_buffering ${buffering}`);
            const sent = lab.needStatus(await lab.send(`/experiment/${buffering}/upload`, { method: 'POST', body: 'u'.repeat(BYTES), headers: [['Content-Type', 'application/octet-stream']], writeRate: RATE }), 200, 'the upload');
            const own = sent.json();
            lab.need(own.bytes === BYTES, `the app got ${own.bytes} of ${BYTES} bytes`);
            const exchange = await lab.exchange(sent.id);
            const last = lastTry(exchange);
            ways.push({ buffering, id: sent.id, sending: sent.phases.sendMs, from: last.startMs, to: last.startMs + last.totalMs, total: exchange.phases.totalMs, receiving: own.seconds * 1000 });
        }
        const [on, off] = ways;
        // where in the sending the app was asked: 0 is its beginning, 1 its end
        const part = on.from / on.sending;
        const answer = part > 0.9 ? 'end' : part < 0.1 ? 'start' : null;
        lab.need(answer, `the app was asked after ${time(on.from)} of ${time(on.sending)}, which is neither at the beginning nor at the end: the machine may be busy`);
        return {
            answer,
            verdict: `With buffering the app was asked ${time(on.from)} after the request had begun, and was receiving for ${time(on.receiving)}; without, after ${time(off.from)}, and for ${time(off.receiving)}.`,
            figures: [
                lanes(`Who was busy when with ${BYTES / 1000} kB`, ways.flatMap(({ buffering, id, sending, from, to }) => [
                    { label: `${buffering}: the client sends`, bars: [{ to: sending, who: 'client', text: 'sends' }], value: time(sending) },
                    { label: `${buffering}: the app is asked, until its answer`, bars: [{ from, to, who: 'app', text: 'is busy' }], value: time(to - from), note: `from ${time(from)} on`, id },
                ])),
                table('From its first byte to its last', ['the client sent for', 'the app says that it received for'], ways.map((way) => ({
                    label: `proxy_request_buffering ${way.buffering}`, id: way.id, cells: [time(way.sending), time(way.receiving)],
                }))),
            ],
            why: 'With buffering the proxy takes the whole body first, in memory up to client_body_buffer_size and then in a temporary file, and asks the app when it has all: no worker of the app’s waits for a slow client, a request can be sent to another server if one fails, and the app gets a Content-Length. '
                + 'But the app cannot refuse early, a progress bar jumps to 100 % too soon, and large uploads are written to disk once more. off passes each part on as it comes; then the request cannot be sent again once a part has gone out. (For chunked requests, off needs proxy_http_version 1.1.)',
            conf: CONF,
        };
    }),
};
