import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { version } from '../../path/lock.js';
import { asInProduction, certificate, files, said } from './tools.js';

const conf = (port, old) => `server {
    listen 127.0.0.1:${port} ssl;
    server_name shop.example;
    ${files(old)}
    return 200 "shop\\n";
}`;

export default {
    ask: {
        question: 'The certificate expired yesterday, and nginx is reloaded today. Who notices?',
        answers: { clients: 'only the clients that check, at their next handshake', load: 'nginx: it refuses the configuration', server: 'nginx: it ends each handshake itself' },
    },
    steps: [
        'A server is added whose certificate ended yesterday. Whether it loads is what shows first.',
        'A client that checks asks it, and one that does not.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const old = await certificate(lab, { names: ['shop.example'], expired: true });
        const http = conf(port, old);
        return lab.withServer({ http }, () => measured(lab, port, old, http));
    },
};

async function measured(lab, port, old, http) {
    const checked = await lab.send('/checked', { port, name: 'shop.example', tls: { trust: old.by } });
    const unchecked = await lab.send('/unchecked', { port, name: 'shop.example', tls: {} });
    const wasLeft = checked.errorCode === 'tls_expired';
    return {
        answer: wasLeft && unchecked.status === 200 ? 'clients' : !unchecked.tls?.done ? 'server' : undefined,
        verdict: `It was loaded without a word. The client that checks ${wasLeft ? 'left' : `got ${checked.said}`}: ${checked.error ?? ''}. The one that does not got ${unchecked.said}.`,
        figures: [table(`A certificate that ended on ${old.until.slice(0, 10)}`, ['came of it', 'handshake'], [['a client that checks', checked], ['curl -k', unchecked]].map(([label, sent]) => ({
            label, id: sent.id, tone: sent.status === 200 ? false : 'not', cells: [said(sent), sent.tls?.done ? version(sent.tls.protocol) : 'broken off by the client'],
        })))],
        why: 'A server sends its certificate and does not judge it. That is the client’s part, at each new handshake: connections that are open go on, so the first to complain are new visitors. Nothing in the access log says so, because no request came.',
        production: 'Renew long before the end (certbot does so 30 days ahead), reload after it (certbot renew --deploy-hook "nginx -s reload": a new file alone changes nothing), and watch from outside: openssl s_client -connect HOST:443 | openssl x509 -noout -enddate.'
            + ' Between proxy and app it is the proxy that is the client: with proxy_ssl_verify on, the app’s expired certificate is a 502.',
        conf: asInProduction(http, { expired: old }, { [port]: '443' }),
    };
}
