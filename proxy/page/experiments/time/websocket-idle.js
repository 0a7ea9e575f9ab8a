import { lanes } from '../draw/lanes.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

const SECONDS = { short: 1, long: 8 };

const CONF = Object.entries(SECONDS).map(([name, s]) => `location /experiment/${name}/ {
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $http_host;
    proxy_read_timeout ${s}s;
    proxy_pass http://app/;
}`).join('\n');

const STAY = 3000;

export default {
    ask: {
        question: `A WebSocket through a proxy with proxy_read_timeout 1s. Both sides are well, and have nothing to say. What is it like after ${STAY / 1000} s?`,
        answers: { closed: 'closed, by the proxy', open: 'open: an open connection is no waiting' },
    },
    steps: [`Two WebSockets are opened, each says one word, and then nobody says anything for ${STAY / 1000} s.`, 'One location has proxy_read_timeout 1s, the other 8s.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const [short, long] = await Promise.all(Object.keys(SECONDS).map((name) => lab.webSocket(`/experiment/${name}/ws`, { stay: STAY, patience: STAY + 2000, send: 'hello' })));
        lab.need(short.opened && long.opened, 'a WebSocket could not be opened');
        const lane = (label, socket) => ({
            label, value: socket.ms < STAY ? `closed (${socket.code})` : 'still open', bars: [{ from: 0, to: Math.min(socket.ms, STAY), who: socket.ms < STAY ? 'failed' : 'app', text: 'open' }],
        });
        const died = short.ms < STAY - 500;
        const record = died ? await lab.newest('/experiment/short/ws') : null;
        lab.need(!died || record.answeredBy?.why === 'read_timeout', `the first was closed, but not because of proxy_read_timeout: ${record && answered(record)}`);
        lab.need(long.ms >= STAY - 100, `also the one with more time was closed, after ${Math.round(long.ms)} ms`);
        return {
            answer: died ? 'closed' : 'open',
            verdict: `With 1 s: ${died ? `closed after ${(short.ms / 1000).toFixed(1)} s, code ${short.code}` : 'still open'}. With 8 s: still open.${record ? ` Of the first the proxy says: ${answered(record)}.` : ''}`,
            figures: [lanes('How long each was open', [{ ...lane('proxy_read_timeout 1s', short), id: record?.id }, lane('proxy_read_timeout 8s', long)], { max: STAY })],
            why: 'After the handshake, proxy_read_timeout (60 s by default) goes on: it is how long the app may send nothing. It is no fault of the app’s. A ping of either side now and then prevents it, since the other answers with a pong; most libraries send them when told to. Or give that location a longer time.',
            conf: CONF,
        };
    }),
};
