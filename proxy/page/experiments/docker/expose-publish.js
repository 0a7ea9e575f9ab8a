import { chains, house, road } from '../draw/chain.js';
import { ends, note } from '../draw/figure.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

/** The port that is published here, as 5000 in "-p 5000:8000". */
const PUBLISHED = 5000;
const PORTS = 20;

const before = (port) => `location /experiment/ { proxy_pass http://127.0.0.1:${port}/; proxy_set_header Host $http_host; }`;

const forwarder = (port) => `server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_set_header Host $http_host; }
}`;

export default {
    ask: {
        question: `The app listens in its house, and its image says EXPOSE. Nothing is published. Somebody connects to port ${PUBLISHED} of the host. What answers?`,
        answers: { refused: 'Nobody: connection refused', app: 'The app', proxy: 'The proxy' },
    },
    steps: [
        'The proxy asks the app where it always does, and the kernel’s table says whether that port is in the proxy’s own house.',
        `A client asks at port ${PUBLISHED} of the proxy’s house while nothing is published there.`,
        'Then something is put there that passes on what comes to the app, as Docker’s -p does. (Here it is a server block of nginx; Docker itself is not touched.) The client asks again.',
    ],
    needs: [needs.app, needs.edit, needs.sockets],
    async run(lab) {
        const asked = lab.needStatus(await lab.send('/healthz'), 200, 'the app, through the proxy');
        const exchange = await lab.exchange(asked.id);
        const at = lastTry(exchange).to;
        const { listening } = await lab.sockets();
        const port = freePort(lab, listening);
        const own = listening.find((socket) => String(socket.port) === ends(at)[1] && [ends(at)[0], '0.0.0.0', '::', '0:0:0:0:0:0:0:0', '*'].includes(socket.address));
        const closed = await lab.withLocations(before(port), () => knock(lab, 'nothing published'));
        const open = await lab.withServer({ http: forwarder(port), locations: before(port) }, () => knock(lab, `${port} published to the app`));
        const answer = closed.refused ? 'refused' : closed.status === 200 ? 'app' : undefined;
        const where = own ? 'the same house as the proxy’s: its port is in the kernel’s table here' : 'another house than the proxy’s: its port is not in the kernel’s table here';
        return {
            answer,
            verdict: `With nothing published, port ${port}: ${closed.said}. Published: ${open.said}. The proxy needs none of that: it reaches the app at ${at}.`,
            figures: [
                chains('The proxy’s way to the app', [{
                    label: own ? 'One house for both' : 'Two houses on one network', note: `The app lives in ${where}.`, id: asked.id,
                    parts: [house('proxy', 'Proxy', exchange.client.at), road(`${at}, nothing published`), house('app', own ? 'App, same machine' : 'App’s container', at, [['says', asked.said, 'ok']])],
                }]),
                chains(`Somebody else’s way, by port ${port} of the host`, [
                    { label: 'Nothing published', id: closed.id, parts: [house('client', 'Client', closed.from), road(`to port ${port}`, { broken: closed.status !== 200 }), house('proxy', 'Host', `127.0.0.1:${port}`, [['at this port', closed.said, 'not']]), road('no way on', { broken: true }), house('app', 'App', at)] },
                    { label: `Published: -p ${port}:${ends(at)[1]}`, id: open.id, parts: [house('client', 'Client', open.from), road(`to port ${port}`), house('proxy', 'Host', `127.0.0.1:${port}`, [['passes on to', at]]), road(''), house('app', 'App', at, [['says', open.said, open.status === 200 ? 'ok' : 'not']])] },
                ]),
                note(own ? 'What it cannot show here: proxy and app are no containers, so the app’s own port is open to whoever reaches this machine at the address that it is bound to'
                    + ` (${own.address}:${own.port}). With "docker compose up" they are two houses, and this experiment says so.`
                    : 'What it cannot show from in here: which ports the host publishes. "docker compose ps" on the host says it.'),
            ],
            why: 'EXPOSE notes down where the app listens and opens nothing. "ports:" (docker run -p HOST:CONTAINER) has the host pass a port of its own on into the container. Containers on one network reach each other'
                + ' without; so take "ports:" away from the app, and only the proxy gets there.',
            conf: `# here, in nginx.conf\n${forwarder(port)}\n\n# with Docker\n# EXPOSE 8000                 Dockerfile.backend\n# ports: ["${PUBLISHED}:8000"]        docker-compose.yml`,
        };
    },
};

function freePort(lab, listening) {
    const taken = new Set(listening.map(({ port }) => port));
    const port = Array.from({ length: PORTS }, (_, i) => PUBLISHED + i).find((each) => !taken.has(each));
    lab.need(port, `all ports from ${PUBLISHED} on are taken`);
    return port;
}

async function knock(lab, what) {
    lab.say(what);
    const sent = await lab.send('/experiment/healthz');
    const exchange = await lab.exchange(sent.id);
    const last = lastTry(exchange);
    const refused = last?.to === null && (sent.header('Proxy-Status') ?? '').includes('connection_refused');
    return { id: sent.id, status: sent.status, from: last?.from ?? exchange.client.from, refused, said: refused ? 'refused, nobody listens' : `${sent.said}${sent.status === 200 ? `: ${sent.line}` : ''}` };
}
