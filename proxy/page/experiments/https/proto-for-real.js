import { HOST } from '../conf.js';
import { chains, house, road } from '../draw/chain.js';
import { field, lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files } from './tools.js';

const LINES = { scheme: '$scheme', fixed: 'https', believed: '$http_x_forwarded_proto' };

const conf = (plain, tls, own) => `server {
    listen 127.0.0.1:${plain};
    listen 127.0.0.1:${tls} ssl;
    ${files(own)}
    ${HOST}
${Object.entries(LINES).map(([name, value]) => `    location /${name}/ {
        ${HOST}
        proxy_set_header X-Forwarded-Proto ${value};
        proxy_pass http://app/;
    }`).join('\n')}
}`;

export default {
    ask: {
        question: 'One server listens for http and for https, and says “proxy_set_header X-Forwarded-Proto $scheme”. What does the app, which is always asked in plain http, think of the two?',
        answers: { each: 'of each request what is so', http: 'that both are http', https: 'that both are https' },
    },
    steps: [
        'A server is added with a port for http and one for https, with a certificate that is made for this.',
        'The app is asked for a redirect through both: its Location shows which scheme it thinks of.',
        'The same with two wrong lines: “https” always, and whatever the client claims; there a client claims https over http.',
    ],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const [plain, tls] = await free(lab, 2);
        const own = await certificate(lab, { names: ['localhost'] });
        const http = conf(plain, tls, own);
        return lab.withServer({ http }, () => measured(lab, plain, tls, own, http));
    },
};

async function measured(lab, plain, tls, own, http) {
    const ask = async (port, line, claims) => {
        const sent = await lab.send(`/${line}/redirect/1`, { port, name: 'localhost', tls: { trust: own.by }, headers: claims ? [['X-Forwarded-Proto', 'https']] : [] });
        const scheme = /^(https?):\/\//.exec(sent.header('Location') ?? '')?.[1];
        lab.need(scheme, `the app did not redirect to a URL with a scheme: ${sent.said}, Location ${sent.header('Location') ?? 'absent'}`);
        return { sent, scheme, line, isTls: port === tls, exchange: await lab.exchange(sent.id) };
    };
    const right = [await ask(plain, 'scheme'), await ask(tls, 'scheme')];
    const wrong = [await ask(plain, 'fixed'), await ask(plain, 'believed', true)];
    const [byHttp, byHttps] = right;
    lab.need(byHttps.exchange.client.tls, 'the proxy does not say that the connection was encrypted');
    return {
        answer: byHttp.scheme === 'http' && byHttps.scheme === 'https' ? 'each' : byHttp.scheme === byHttps.scheme ? byHttp.scheme : undefined,
        verdict: `With $scheme the app redirects to ${byHttp.scheme} and to ${byHttps.scheme}. With “https” always, a request that came by http is taken for ${wrong[0].scheme}; with the client’s own word, one that lies is taken for ${wrong[1].scheme}.`,
        figures: [chains('What came, what was said, and what the app made of it', [...right, ...wrong].map(row))],
        why: 'The connection to the app says nothing about the one to the browser: all that the app has is a header. $scheme is what the proxy itself knows, of each request. A fixed “https” is a lie for every request to port 80,'
            + ' and a value that the client may choose is no better: such a request is not redirected to https, its cookies count as safe, and HSTS is said over http.',
        production: 'Let the first proxy write it, always, from $scheme; a proxy behind that one passes it on, and nobody else may reach it. In Django, and only then: SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https").',
        conf: `${asInProduction(http, { site: own }, { [plain]: '80', [tls]: '443' })}\n\n# and in Django\n# SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")`,
    };
}

function row({ sent, scheme, line, isTls, exchange }) {
    const claims = field(exchange, 'fromClient', 'X-Forwarded-Proto');
    return {
        label: `X-Forwarded-Proto ${LINES[line]}, asked by ${isTls ? 'https' : 'http'}`, id: sent.id,
        parts: [
            house('client', 'Client', exchange.client.from, claims ? [['claims', claims]] : []),
            road(isTls ? 'https' : 'http', { secure: isTls }),
            house('proxy', 'Proxy', exchange.client.at, [['says', field(exchange, 'toUpstream', 'X-Forwarded-Proto') ?? 'nothing']]),
            road('plain http'),
            house('app', 'App', lastTry(exchange).to, [['thinks of', scheme, scheme === (isTls ? 'https' : 'http') ? 'ok' : 'not']]),
        ],
    };
}
