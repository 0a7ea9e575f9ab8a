import { bars, lanes } from '../draw/lanes.js';
import { median } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files } from './tools.js';

const TIMES = 12;
/** More than two handshakes differ by for other reasons, and less than a certificate, in bytes. */
const CERTIFICATE = 250;

const conf = (port, own) => `server {
    listen 127.0.0.1:${port} ssl;
    ${files(own)}
    ssl_session_cache shared:experiment:1m;
    ssl_session_timeout 10m;
    return 200 "hello\\n";
}`;

export default {
    ask: {
        question: 'A client comes back within ten minutes, on a new connection, and both ends still know their session. What does the server not send again?',
        answers: { certificate: 'its certificate, and the proof that it has the key', handshake: 'anything: there is no handshake', nothing: 'it sends everything again' },
    },
    steps: [
        'A server with TLS is added.',
        `A client connects ${TIMES} times as a stranger and ${TIMES} times as one who comes back, by turns. Each time the handshake is timed, and its bytes are counted.`,
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const own = await certificate(lab, { names: ['localhost'] });
        const http = conf(port, own);
        return lab.withServer({ http }, () => measured(lab, port, own, http));
    },
};

async function measured(lab, port, own, http) {
    const session = `resumption-${port}-${performance.now()}`;
    const ask = async (tls) => lab.needStatus(await lab.send('/', { port, name: 'localhost', tls }), 200);
    // the first one has nothing to take up
    await ask({ session });
    const news = [];
    const agains = [];
    for (let i = 0; i < TIMES; i++) {
        lab.say(`${i + 1} of ${TIMES}`);
        news.push(await ask({}));
        agains.push(await ask({ session }));
    }
    const resumed = agains.filter(({ tls }) => tls.resumed);
    lab.need(resumed.length > TIMES / 2, `only ${resumed.length} of ${TIMES} took their session up again`);
    const [before, after] = [news, resumed].map((list) => ({
        ms: median(list.map(({ tls }) => tls.handshakeMs)), bytes: median(list.map(({ tls }) => tls.receivedBytes)), times: list.map(({ tls }) => tls.handshakeMs), id: list.at(-1).id,
    }));
    const recorded = await lab.exchange(after.id);
    lab.need(recorded.client.tls?.resumed, 'the proxy does not say that the session was resumed');
    return {
        answer: before.bytes - after.bytes >= CERTIFICATE ? 'certificate' : after.bytes === 0 ? 'handshake' : 'nothing',
        verdict: `In the middle, a new session took ${before.ms.toFixed(2)} ms and ${Math.round(before.bytes)} bytes from the server, a resumed one ${after.ms.toFixed(2)} ms and ${Math.round(after.bytes)} bytes. ${resumed.length} of ${TIMES} were resumed.`,
        figures: [
            lanes('How long each handshake took', [
                { label: 'new session', dots: before.times, value: `${before.ms.toFixed(2)} ms`, note: 'in the middle', id: before.id },
                { label: 'resumed', dots: after.times, value: `${after.ms.toFixed(2)} ms`, note: 'in the middle', id: after.id },
            ]),
            bars('What the server sent for it, in the middle', [
                { label: 'new session', value: before.bytes, who: 'proxy', text: 'bytes' }, { label: 'resumed', value: after.bytes, who: 'proxy', text: 'bytes' },
            ], { format: (n) => `${Math.round(n)} B` }),
        ],
        why: 'In a new session the server proves who it is: it sends its certificate, and signs, which is most of its work. A client that comes back shows a ticket, which only this server could have made; that is proof enough for both. There is a handshake all the same, and new keys.'
            + ' Both are on one machine here: over a network the round trips count for more, and TLS 1.3 needs one in either case.',
        production: 'ssl_session_cache shared:SSL:10m; ssl_session_timeout 1d; the cache is shared by workers. With several servers behind one name, share ssl_session_ticket_key, and change it: with it, recorded TLS 1.2 can be read. What saves most is to keep connections: keepalive_timeout.',
        conf: asInProduction(http, { site: own }, { [port]: '443' }),
    };
}
