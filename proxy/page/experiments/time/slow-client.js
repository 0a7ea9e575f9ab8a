import { variants } from '../conf.js';
import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = variants({ on: 'proxy_buffering on;', off: 'proxy_buffering off;' });

const BYTES = 16_000_000;
const RATE = 5_000_000;

export default {
    ask: {
        question: `The app makes ${BYTES / 1e6} MB, and the client takes ${RATE / 1e6} MB a second. proxy_buffering is on. How long is the app busy with this client?`,
        answers: { short: 'Much shorter than the client', same: 'As long as the client', long: 'Longer, because of the copy' },
    },
    steps: [
        'Two locations are added: one with proxy_buffering on, one with off.',
        `A client that reads ${RATE / 1e6} MB a second asks each for ${BYTES / 1e6} MB.`,
        'How long the client took, and how long the proxy’s connection to the app was busy, is read from the proxy’s record.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const ways = [];
        for (const buffering of ['on', 'off']) {
            lab.say(`the slow client reads, with proxy_buffering ${buffering}`);
            const sent = lab.needStatus(await lab.send(`/experiment/${buffering}/bytes/${BYTES}`, { readRate: RATE }), 200);
            lab.need(sent.contentLength === BYTES, `only ${sent.contentLength} of ${BYTES} bytes came`);
            const exchange = await lab.exchange(sent.id);
            ways.push({ buffering, id: sent.id, client: sent.ms, app: lastTry(exchange).totalMs });
        }
        const [on, off] = ways;
        const part = on.app / on.client;
        const answer = part < 0.6 ? 'short' : part > 0.9 && part < 1.1 ? 'same' : part >= 1.1 ? 'long' : null;
        lab.need(answer, `the app was busy for ${time(on.app)} of ${time(on.client)}, neither short nor long: the machine may be busy`);
        return {
            answer,
            verdict: `With buffering the app was busy for ${time(on.app)}, the client for ${time(on.client)}; without, the app for ${time(off.app)} and the client for ${time(off.client)}.`,
            figures: [lanes(`Who was busy how long with ${BYTES / 1e6} MB`, ways.flatMap(({ buffering, id, client, app }) => [
                { label: `proxy_buffering ${buffering}: the client`, bars: [{ to: client, who: 'client' }], value: time(client) },
                { label: `proxy_buffering ${buffering}: the app`, bars: [{ to: app, who: 'app' }], value: time(app), id },
            ]))],
            why: 'With buffering, the proxy takes the response as fast as the app makes it, keeps what the client does not take in memory and in a temporary file, and lets the app go. Without, the app’s worker'
                + ' waits for the client.',
            conf: CONF,
        };
    }),
};
