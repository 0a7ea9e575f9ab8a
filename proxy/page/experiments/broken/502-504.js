import { HOST } from '../conf.js';
import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { answered, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const conf = (refused, full) => `location /experiment/refused { proxy_pass http://127.0.0.1:${refused}; }
location /experiment/full    { proxy_pass http://127.0.0.1:${full}; proxy_connect_timeout 1s; }
location /experiment/slow    { proxy_pass http://app/delay/3; proxy_read_timeout 1s; ${HOST} }
location /experiment/fail/   { proxy_pass http://app/fail/; ${HOST} }`;

/** More than the kernel lets wait at a door with a backlog of 1. */
const MAX_KNOCKS = 6;

export default {
    ask: {
        question: 'The app takes a request and thinks for 3 s. The proxy waits for 1 s (proxy_read_timeout). What does the client get?',
        answers: { 502: '502 Bad Gateway', 504: '504 Gateway Timeout', 200: '200, after 3 s' },
    },
    steps: [
        'A port is found where nobody listens, and a door is opened whose queue is then filled, so that it lets nobody in any more.',
        'Locations are added that lead to these two, and to the app’s endpoints that are slow or fail.',
        'Each is asked once. The proxy’s record says how long it connected, how long it waited, and why it gave up.',
    ],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const full = await fullDoor(lab);
        const refused = await nobody(lab);
        return lab.withLocations(conf(refused, full), async () => {
            const rows = [];
            for (const [label, path] of [
                ['nobody listens: the app is not running', '/experiment/refused'],
                ['no answer to the connection: too busy, or a firewall', '/experiment/full'],
                ['the app takes the request and is silent', '/experiment/slow'],
                ['the app hangs up', '/experiment/fail/close'],
                ['the app speaks no HTTP', '/experiment/fail/garbage'],
            ]) {
                lab.say(`asking where ${label}`);
                rows.push(await ask(lab, label, path));
            }
            const slow = rows[2];
            return {
                answer: String(slow.status),
                verdict: `After ${time(slow.ms)} of silence the client got ${slow.status}. Of the others, ${list(rows, 502)} ended with 502 and ${list(rows.filter((row) => row !== slow), 504)} with 504.`,
                figures: [lanes('Who was waited for, and how it ended', rows)],
                why: '502 Bad Gateway: the proxy got no valid answer, because nobody listens, the app hung up, or it spoke no HTTP. 504 Gateway Timeout: it got none in time, whether the connection'
                    + ' or the answer did not come.',
                conf: conf(refused, full),
            };
        });
    },
};

const list = (rows, status) => {
    const n = rows.filter((row) => row.status === status).length;
    return n === 0 ? 'none' : String(n);
};

async function ask(lab, label, path) {
    const sent = await lab.send(path);
    const exchange = await lab.exchange(sent.id);
    const last = lastTry(exchange);
    lab.need(last, `the proxy tried nothing: ${sent.said}`);
    const connected = last.to === null ? last.totalMs : last.connectMs;
    return {
        label,
        id: sent.id,
        status: sent.status,
        ms: last.totalMs,
        value: `${sent.said} after ${time(last.totalMs)}`,
        note: answered(exchange),
        bars: [
            ...(connected > 0 ? [{ to: connected, who: 'connect', text: 'connecting' }] : []),
            ...(last.totalMs > connected ? [{ from: connected, to: last.totalMs, who: 'app', text: 'waiting for the app' }] : []),
        ],
    };
}

/** A port where nobody listens: one that could just be bound. */
async function nobody(lab) {
    const port = await lab.door('127.0.0.1');
    await lab.closeDoors(port);
    return port;
}

/** A door that lets nobody in any more. */
async function fullDoor(lab) {
    lab.say('filling the queue of a door');
    const port = await lab.door('127.0.0.1', { backlog: 1 });
    for (let i = 0; i < MAX_KNOCKS; i++) {
        const { said } = await lab.call('POST', `doors/${port}/connect`);
        if (said.includes('no answer to our SYN')) {
            return port;
        }
    }
    return lab.need(false, `a queue of 1 took ${MAX_KNOCKS} connections`);
}
