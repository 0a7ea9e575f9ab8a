import { chains, house, road } from '../draw/chain.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

export default {
    ask: {
        question: 'proxy and app are two containers. nginx.conf of the first says proxy_pass http://localhost:8000;, where the app listens in the second. What do clients get?',
        answers: { 502: '502: nobody listens there', 200: 'the app’s answer' },
    },
    steps: ['The proxy is made to ask 127.0.0.1 at the app’s port, and the app’s own address as nginx.conf has it.', 'Which of the two gets an answer depends on whether proxy and app live in one house here.'],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const { to } = await lab.send('/healthz', { via: 'direct' });
        const port = to.replace(/.*:/, '');
        const conf = `location = /experiment/localhost {
    proxy_connect_timeout 2s;
    proxy_set_header Host $http_host;
    proxy_pass http://127.0.0.1:${port}/healthz;
}
location = /experiment/name {
    proxy_set_header Host $http_host;
    proxy_pass http://app/healthz;
}`;
        return lab.withLocations(conf, async () => {
            const rows = [];
            for (const [name, label, at] of [['localhost', `http://127.0.0.1:${port}`, `127.0.0.1:${port}`], ['name', 'http://app (backend:8000)', to]]) {
                const sent = await lab.send(`/experiment/${name}`);
                const exchange = await lab.exchange(sent.id);
                rows.push({ label, id: sent.id, status: sent.status, note: answered(exchange), parts: [
                    house('proxy', 'proxy', sent.to), road(sent.status === 200 ? 'connects' : answered(exchange), { broken: sent.status !== 200 }), house('app', sent.status === 200 ? 'app' : 'nobody', at),
                ] });
            }
            const [inside, named] = rows;
            lab.need(named.status === 200, `the app did not answer at its own address either: ${named.status}`);
            const oneHouse = inside.status === 200;
            return {
                // here the question’s two containers are there only if 127.0.0.1 is another house
                answer: oneHouse ? undefined : String(inside.status),
                verdict: oneHouse ? 'Here proxy and app share one house (no containers), so 127.0.0.1 is the app’s, too, and both answer. With docker compose the first is refused: 502.'
                    : `127.0.0.1 is the proxy’s own container, where nobody listens on ${port}: ${inside.status}. By its name the app answered ${named.status}.`,
                figures: [chains('Whom the proxy reached', rows)],
                why: 'Each container has a localhost of its own. What is another container’s is reached by its service’s name, over a network that both are in: proxy_pass http://backend:8000. On the host itself the name is host.docker.internal.',
                conf,
            };
        });
    },
};
