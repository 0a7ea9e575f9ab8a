import { HOST } from '../conf.js';
import { chains, house, road } from '../draw/chain.js';
import { ends } from '../draw/figure.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const LIE = '6.6.6.6';

const CONF = `location /experiment/replaced/ {
    proxy_set_header X-Forwarded-For $remote_addr;
    ${HOST}
    proxy_pass http://app/;
}
location /experiment/appended/ {
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    ${HOST}
    proxy_pass http://app/;
}`;

export default {
    ask: {
        question: `A client sends X-Forwarded-For: ${LIE}. The proxy appends to it ($proxy_add_x_forwarded_for). Which address does an app take for the client’s, if it takes the first of the list?`,
        answers: { lie: `${LIE}, the lie`, truth: 'The address that the client really has', proxy: 'The proxy’s address' },
    },
    steps: [
        'Two locations are added: one that replaces X-Forwarded-For with $remote_addr, one that appends to it.',
        `A client that claims to be ${LIE} asks directly, and through each of the two.`,
        'The app says what it got in X-Forwarded-For.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const direct = await lies(lab, '/ip', 'direct');
        const replaced = await lies(lab, '/experiment/replaced/ip');
        const appended = await lies(lab, '/experiment/appended/ip');
        const answer = { [LIE]: 'lie', [appended.real]: 'truth', [ends(lastTry(appended.exchange).from)[0]]: 'proxy' }[appended.first];
        lab.need(appended.first !== undefined, 'the app got no X-Forwarded-For through the second location');
        return {
            // on one machine, the client and the proxy may have the same address
            answer: appended.first === appended.real ? 'truth' : answer,
            verdict: `With appending, the app got "${appended.told}": the first of it is ${appended.first}. With replacing, it got "${replaced.told}".`,
            figures: [chains('What the client claims, and what the app is told', [
                { label: 'Directly', parts: [client(direct), road('as the client wrote it'), app(direct, direct.to)] },
                { label: '$remote_addr', note: 'replaces what the client claims', id: replaced.id, parts: through(replaced) },
                { label: '$proxy_add_x_forwarded_for', note: 'appends to it', id: appended.id, parts: through(appended) },
            ])],
            why: 'Appending is right only behind another proxy that you trust. The first proxy must replace what the client claims, and nobody else may reach the app.',
            conf: CONF,
        };
    }),
};

async function lies(lab, path, via = 'proxied') {
    const sent = lab.needStatus(await lab.send(path, { headers: [['X-Forwarded-For', LIE]], via }), 200, path);
    const told = sent.json()['X-Forwarded-For'];
    return {
        id: sent.id, from: sent.from, to: sent.to, told, first: told?.split(',')[0].trim(), real: ends(sent.from)[0], exchange: via === 'direct' ? null : await lab.exchange(sent.id),
    };
}

const client = ({ from }) => house('client', 'Client', from, [['claims to be', LIE, 'not']]);

const app = ({ told, first, real }, at) => house('app', 'App', at, [
    ['X-Forwarded-For', told ?? 'absent'],
    ['the first is', first ?? '–', first === real ? 'ok' : 'not'],
]);

const through = (way) => [client(way), road('its request'), house('proxy', 'Proxy', way.exchange.client.at, [['sees', way.exchange.client.from]]),
    road('X-Forwarded-For'), app(way, lastTry(way.exchange).to)];
