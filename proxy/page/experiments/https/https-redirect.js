import { chains, house, road } from '../draw/chain.js';
import { table } from '../draw/tables.js';
import { field } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files } from './tools.js';

const HOST = 'shop.localhost';
const TARGET = '/cart?coupon=SPRING';
const COOKIE = ['Cookie', 'cart=7'];
const HSTS = 'Strict-Transport-Security';

const conf = (plain, tls, own) => `server {
    listen 127.0.0.1:${plain};
    server_name ${HOST};
    return 301 https://$host:${tls}$request_uri;
}
server {
    listen 127.0.0.1:${tls} ssl;
    server_name ${HOST};
    ${files(own)}
    add_header ${HSTS} "max-age=300";
    location / { return 200 "your cart\\n"; }
    location /gone { return 404; }
    location /always {
        add_header ${HSTS} "max-age=300" always;
        return 404;
    }
}`;

export default {
    ask: {
        question: `Port 80 does nothing but redirect to https. A browser with a cookie asks for http://${HOST}${TARGET}. What of this has gone over the network in clear text?`,
        answers: { all: 'all of it: path, query and cookie', host: 'the host name only', nothing: 'nothing: it was redirected' },
    },
    steps: [
        'Two servers are added: one on a port for http that redirects, one with TLS and a certificate that is made for this.',
        'A client asks the first one, follows to the second, and asks there for a page that is not there.',
        'What the proxy has recorded of both connections is compared.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [plain, tls] = await free(lab, 2);
        const own = await certificate(lab, { names: [HOST] });
        const http = conf(plain, tls, own);
        return lab.withServer({ http }, () => measured(lab, plain, tls, own, http));
    },
};

async function measured(lab, plain, tls, own, http) {
    const at = (port, path) => lab.send(path, { port, name: HOST, headers: [COOKIE], tls: { trust: own.by } });
    const first = lab.needStatus(await at(plain, TARGET), 301);
    const to = new URL(first.header('Location'));
    lab.need(to.protocol === 'https:' && Number(to.port) === tls, `it was redirected to ${to}`);
    const second = lab.needStatus(await at(tls, to.pathname + to.search), 200);
    const gone = lab.needStatus(await at(tls, '/gone'), 404);
    const always = lab.needStatus(await at(tls, '/always'), 404);
    const [clear, hidden] = [await lab.exchange(first.id), await lab.exchange(second.id)];
    lab.need(hidden.client.tls && !clear.client.tls, 'the proxy does not say which connection was encrypted');
    const inClear = clear.target === TARGET && field(clear, 'fromClient', 'Cookie') !== undefined;
    const rows = [['http, redirected', first], ['https, 200', second], ['https, 404', gone], ['https, 404, with "always"', always]];
    return {
        answer: inClear ? 'all' : clear.target === TARGET ? 'host' : 'nothing',
        verdict: `The request that was redirected came without TLS, with its target ${clear.target} and ${inClear ? 'its cookie' : 'no cookie'}: whoever listens has read it, and could have answered in the proxy’s place.`,
        figures: [
            chains('One click, two connections', [
                { label: 'http://', id: first.id, parts: [house('client', 'Browser', first.from), road(`GET ${TARGET}, Cookie`), house('proxy', 'Port for http', first.to, [['answers', `301 to https`]])] },
                { label: 'https://', id: second.id, parts: [house('client', 'Browser', second.from), road('encrypted', { secure: true }), house('proxy', 'Port for https', second.to, [['answers', '200', 'ok']])] },
            ]),
            table(`Which answers say ${HSTS}`, ['status', HSTS, 'obeyed'], rows.map(([label, sent]) => ({
                label, id: sent.id, cells: [String(sent.status), sent.header(HSTS) ?? null, sent === first ? 'without TLS it would not count' : sent.header(HSTS) ? 'yes' : 'nothing to obey'],
            }))),
        ],
        why: 'A redirect is an answer, and an answer takes a request. Only the browser itself can begin with https: it does so for a host that has said Strict-Transport-Security over https, for max-age seconds, and then turns http:// into https:// before anything is sent.'
            + ' nginx adds a header to successful answers and redirects only, unless the line ends with "always".',
        production: 'Redirect at port 80, say HSTS with "always" at 443, first for an hour and then for a year, and keep cookies off http: in Django SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE.'
            + ' SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS do in Django what these lines do in nginx; one of both is enough. Django says HSTS only on requests that it takes for https, so it needs SECURE_PROXY_SSL_HEADER.',
        conf: asInProduction(http, { shop: own }, { [plain]: '80', [tls]: '443' }),
    };
}
