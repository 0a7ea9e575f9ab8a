import { chains, house, road } from '../draw/chain.js';
import { answered, lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';

const APP = '127.0.0.2';

const server = (port) => `server {                  # stands for the app's container: a house with an address of its own
    listen ${APP}:${port};
    return 200 "the app\\n";
}`;

const locations = (port) => [['localhost', '127.0.0.1'], ['name', APP]].map(([name, to]) => `location = /experiment/${name} {
    proxy_connect_timeout 2s;
    proxy_pass http://${to}:${port};
}`).join('\n');

export default {
    ask: {
        question: 'Proxy and app are two containers. nginx.conf of the first says “proxy_pass http://localhost:8000;”, where the app listens in the second. What do clients get?',
        answers: { 502: '502: nobody listens there', 200: 'the app’s answer' },
    },
    steps: [
        `A small server at ${APP} stands for the app’s container, whose address is not the proxy’s.`,
        'The proxy is made to ask its own localhost, 127.0.0.1, at the same port; and the address of the app.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const conf = { http: server(port), locations: locations(port) };
        return lab.withServer(conf, () => measured(lab, port, `${conf.http}\n\n${conf.locations}`));
    },
};

async function measured(lab, port, conf) {
    const rows = [];
    for (const [name, label, at] of [['localhost', 'the proxy’s own localhost', `127.0.0.1:${port}`], ['name', 'the address of the app', `${APP}:${port}`]]) {
        const sent = await lab.send(`/experiment/${name}`);
        const exchange = await lab.exchange(sent.id);
        const good = sent.status === 200;
        rows.push({
            label: `${label}: proxy_pass http://${at}`, id: sent.id, status: sent.status,
            parts: [
                house('proxy', 'proxy', sent.to), road(good ? `connects from ${lastTry(exchange).from}` : answered(exchange), { broken: !good }),
                house('app', good ? sent.line : 'nobody', at),
            ],
        });
    }
    const [inside, named] = rows;
    lab.need(named.status === 200, `the app did not answer at its own address either: ${named.status}`);
    return {
        answer: String(inside.status),
        verdict: `At 127.0.0.1 the proxy was answered ${inside.status === 200 ? 'by somebody' : 'by nobody'}: ${inside.status}. At ${APP} the app answered: ${named.status}.`,
        figures: [chains('Whom the proxy reached', rows)],
        why: 'Each container has a localhost of its own, in which only its own programs listen. Another container is reached by its service’s name, over a network that both are in: proxy_pass http://backend:8000;. A program on the host itself is host.docker.internal (on Linux with extra_hosts: host-gateway). '
            + 'The same goes for two machines; on one machine without containers there is only one localhost, and it works.',
        conf,
    };
}
