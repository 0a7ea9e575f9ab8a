import { chains, house, road } from '../draw/chain.js';
import { ends } from '../draw/figure.js';
import { field, lastTry, madeBy } from '../evidence.js';
import * as needs from '../needs.js';

const JSON_PLEASE = { headers: [['Accept', 'application/json']] };

export default {
    ask: {
        question: 'A client asks through the proxy. Whose address does the app find at the other end of its connection?',
        answers: { client: 'The client’s', proxy: 'The proxy’s', header: 'Both, in one list' },
    },
    steps: [
        'A client at 127.0.0.2 asks the app directly, and the app says who is at the other end of its connection.',
        'The client asks the same through the proxy.',
        'So does another client, at 127.0.0.3.',
    ],
    needs: [needs.app],
    async run(lab) {
        const { to } = await lab.send('/healthz', { via: 'direct' });
        // where the app is another container, an address of this one's loopback leads nowhere: the proxy's container asks by its own
        const direct = await ask(lab, to.startsWith('127.') ? '127.0.0.2' : undefined, 'direct');
        const first = await ask(lab, '127.0.0.2', 'proxied');
        const second = await ask(lab, '127.0.0.3', 'proxied');
        const { seen, from, exchange } = first;
        const own = lastTry(exchange).from;
        const answer = seen === own ? 'proxy' : seen === from ? 'client' : null;
        lab.need(answer, `the app saw ${seen}, which is neither the client (${from}) nor the proxy (${own})`);
        const told = field(exchange, 'toUpstream', 'X-Forwarded-For');
        return {
            answer,
            verdict: `The app saw ${seen}: that is ${answer === 'proxy' ? 'the proxy’s own end of its connection to the app' : 'the client'}. In X-Forwarded-For it was told ${told ?? 'nothing'}.`,
            figures: [chains('Who is at the other end of the app’s connection, and who it is told', [
                { label: 'Directly', parts: [client(direct), road('one connection'), app(direct.to, direct)] },
                { label: 'Through the proxy', id: first.id, parts: through(first) },
                { label: 'Another client, through the proxy', id: second.id, parts: through(second) },
            ])],
            why: 'A proxy makes a connection of its own. The kernel tells the app who made that one, so the client’s address can only come in a header, and a header is worth as much'
                + ' as the one who wrote it.',
            conf: madeBy(exchange, ['X-Real-IP', 'X-Forwarded-For']),
        };
    },
};

async function ask(lab, address, via) {
    lab.say(`a client asks ${via === 'direct' ? 'directly' : 'through the proxy'}`);
    const sent = lab.needStatus(await lab.send('/whoami', { ...JSON_PLEASE, via, from: address }), 200, `a request from ${address ?? 'here'}`);
    const exchange = via === 'direct' ? null : await lab.exchange(sent.id);
    const { remote_addr: seen, headers } = sent.json();
    return { id: sent.id, from: sent.from, to: sent.to, exchange, seen, told: headers['X-Forwarded-For']?.join(', ') };
}

const client = ({ from }) => house('client', 'Client', from);

const app = (at, { seen, told, from }) => house('app', 'App', at, [
    ['other end of its connection', seen, seen === from ? 'ok' : 'not'],
    ['X-Forwarded-For', told ?? 'absent', told ? told.split(', ').includes(ends(from)[0]) ? 'ok' : 'not' : null],
]);

function through(way) {
    const own = lastTry(way.exchange);
    return [client(way), road('its connection'), house('proxy', 'Proxy', way.exchange.client.at, [['leaves by', own.from]]), road('a connection of its own'), app(own.to, way)];
}
