import { chains, house, road } from '../draw/chain.js';
import { field, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const UPSTREAM = 'app';

const CONF = `location /experiment/ {
    proxy_set_header Connection "";    # one of its own: no proxy_set_header is inherited
    proxy_pass http://${UPSTREAM}/;
}`;

export default {
    ask: {
        question: `A location says proxy_pass http://${UPSTREAM}; and nothing of Host. You typed http://${location.host}/. Which Host does the app get?`,
        answers: { typed: `${location.host}, as you typed it`, upstream: `${UPSTREAM}, the name in proxy_pass`, none: 'None' },
    },
    steps: [
        'A location without "proxy_set_header Host" is added.',
        'The shipped location is asked with the Host that you typed, and with one that nobody knows.',
        'The new location is asked with the Host that you typed.',
        'Host is read at each hop, and what the app says to it.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const good = await ask(lab, '/whoami', location.host);
        const evil = await ask(lab, '/whoami', 'evil.example');
        const forgotten = await ask(lab, '/experiment/whoami', location.host);
        return {
            answer: { [location.host]: 'typed', [UPSTREAM]: 'upstream', absent: 'none' }[forgotten.left],
            verdict: `Without the line, Host left the proxy as "${forgotten.left}", and the app said ${forgotten.said}.`,
            figures: [chains('Host at each hop', [
                row('The shipped location', good), row('A Host that the app does not know', evil), row('A location without proxy_set_header Host', forgotten),
            ])],
            why: 'Unless told otherwise, nginx sends $proxy_host, which is the name in proxy_pass. And one proxy_set_header in a location drops all that it would have inherited. Django answers'
                + ' 400 to a Host that is not in ALLOWED_HOSTS, so that nobody can have it make links to a host of his own.',
            conf: `${CONF}\n\n# what it lacks\nproxy_set_header Host $http_host;`,
        };
    }),
};

async function ask(lab, path, host) {
    const sent = await lab.send(path, { headers: [['Host', host]] });
    const exchange = await lab.exchange(sent.id);
    lab.need(exchange.tries.length > 0, `the proxy answered ${sent.said} by itself`);
    return {
        id: sent.id, exchange, came: field(exchange, 'fromClient', 'Host') ?? 'absent', left: field(exchange, 'toUpstream', 'Host') ?? 'absent',
        ok: sent.status === 200, said: sent.status === 200 ? '200' : `${sent.said}: ${sent.line.replace(/\.$/, '')}`,
    };
}

const row = (label, { id, exchange, came, left, ok, said }) => ({
    label,
    id,
    parts: [
        house('client', 'Client', exchange.client.from, [['Host', came]]),
        road(''),
        house('proxy', 'Proxy', exchange.client.at, [['Host sent on', left, left === came ? 'ok' : 'not']]),
        road(''),
        house('app', 'App', lastTry(exchange).to, [['Host', left], ['says', said, ok ? 'ok' : 'not']]),
    ],
});
