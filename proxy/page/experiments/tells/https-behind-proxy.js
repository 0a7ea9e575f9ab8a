import { HOST } from '../conf.js';
import { chains, house, road } from '../draw/chain.js';
import { field, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/silent/ {
    ${HOST}
    proxy_set_header X-Forwarded-Proto "";       # says nothing of it
    proxy_pass http://app/;
}
location /experiment/tls/ {
    ${HOST}
    proxy_set_header X-Forwarded-Proto https;    # what $scheme is where the proxy ends TLS
    proxy_pass http://app/;
}`;

const CLAIM = { headers: [['X-Forwarded-Proto', 'https']] };

export default {
    ask: {
        question: 'The proxy always speaks plain http to the app. What makes the app think that the browser used https?',
        answers: { header: 'A header that the proxy sets', nothing: 'Nothing can: it always thinks http', connection: 'It sees it by the connection' },
    },
    steps: [
        'Two locations are added: one that tells the app nothing of the scheme, and one that says https, as a proxy that ends TLS does. (There is no TLS here; the header is all that the app would notice of it.)',
        'The app is asked for a redirect through each: its Location shows which scheme it thinks of.',
        'A client claims https by itself, once through the shipped location and once directly.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const silent = await ask(lab, '/experiment/silent/redirect/1');
        const told = await ask(lab, '/experiment/tls/redirect/1');
        const claimed = await ask(lab, '/redirect/1', CLAIM);
        const direct = await ask(lab, '/redirect/1', { ...CLAIM, via: 'direct' });
        const answer = silent.scheme === 'http' && told.scheme === 'https' ? 'header' : silent.scheme === 'https' ? 'connection' : 'nothing';
        return {
            answer,
            verdict: `Told nothing, the app redirects to ${silent.scheme}; told https, to ${told.scheme}. A client that claims https gets ${claimed.scheme} through the shipped location and ${direct.scheme} directly`
                + `${direct.scheme === 'https' && claimed.scheme === 'http' ? ': the proxy writes over the claim, and who goes past the proxy can lie.' : '.'}`,
            figures: [chains('Which scheme the app thinks of', [
                row('The proxy says nothing', silent), row('The proxy says https', told),
                row('A client claims https, through the shipped location', claimed), row('A client claims https, directly', direct),
            ])],
            why: 'The proxy ends TLS and speaks plain http to the app. Without X-Forwarded-Proto the app thinks that it is on http; if it redirects every http request to https, that loops for ever. It may'
                + ' believe the header (SECURE_PROXY_SSL_HEADER) only if the proxy always sets it, and nobody goes past the proxy.',
            conf: 'proxy_set_header X-Forwarded-Proto $scheme;\n# and in Django\n# SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',
        };
    }),
};

async function ask(lab, path, options) {
    const sent = await lab.send(path, options);
    const to = sent.header('Location');
    const scheme = /^(https?):\/\//.exec(to ?? '')?.[1];
    lab.need(scheme, `the app did not redirect to a URL with a scheme: ${sent.said}, Location ${to ?? 'absent'}`);
    return { id: sent.id, sent, to, scheme, exchange: sent.id ? await lab.exchange(sent.id) : null };
}

function row(label, { id, sent, to, scheme, exchange }) {
    const tone = scheme === 'https' ? 'ok' : 'not';
    const claims = exchange ? field(exchange, 'fromClient', 'X-Forwarded-Proto') : sent.asked('X-Forwarded-Proto');
    const client = house('client', 'Client', sent.from, claims ? [['claims', claims]] : []);
    const app = (at) => house('app', 'App', at, [['thinks of', scheme, tone], ['redirects to', to]]);
    if (!exchange) {
        return { label, parts: [client, road('plain http'), app(sent.to)] };
    }
    return {
        label,
        id,
        parts: [client, road('plain http'),
            house('proxy', 'Proxy', exchange.client.at, [['X-Forwarded-Proto', field(exchange, 'toUpstream', 'X-Forwarded-Proto') ?? 'absent']]),
            road('plain http'), app(lastTry(exchange).to)],
    };
}
