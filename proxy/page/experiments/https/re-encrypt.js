import { chains, house, road } from '../draw/chain.js';
import { answered, lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { version } from '../../path/lock.js';
import { asInProduction, certificate, files } from './tools.js';

const server = (port, own) => `server {
    listen 127.0.0.1:${port} ssl;
    ${files(own)}
    return 200 "I am the app, and was asked for $ssl_server_name\\n";
}`;

const checked = (own, name) => `proxy_ssl_verify on;
    proxy_ssl_trusted_certificate ${own.authority};
    proxy_ssl_name ${name};
    proxy_ssl_server_name on;`;

const conf = (port, own) => Object.entries({
    unchecked: '# nothing is said of it',
    wrong: checked(own, 'other.internal'),
    right: checked(own, 'app.internal'),
}).map(([name, lines]) => `location = /experiment/${name} {
    ${lines}
    proxy_pass https://127.0.0.1:${port};
}`).join('\n');

export default {
    ask: {
        question: 'proxy_pass https://10.0.0.5; and the app there has a certificate for app.internal by an authority that nobody knows. What does nginx do, if nothing else is said?',
        answers: { takes: 'it takes any certificate', 502: 'it refuses: 502', warns: 'it takes it, and warns in the error log' },
    },
    steps: [
        'A server with TLS stands for the app. Its certificate is for app.internal, by an authority that is made for this.',
        'Three locations pass on to it by https: without checking, checking for another name, and checking for the right one.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const own = await certificate(lab, { names: ['app.internal'] });
        const [http, locations] = [server(port, own), conf(port, own)];
        return lab.withServer({ http, locations }, () => measured(lab, port, own, `${http}\n${locations}`));
    },
};

async function measured(lab, port, own, text) {
    const rows = [];
    for (const name of ['unchecked', 'wrong', 'right']) {
        const sent = await lab.send(`/experiment/${name}`);
        rows.push({ name, sent, exchange: await lab.exchange(sent.id) });
    }
    const [unchecked, wrong, right] = rows;
    lab.needStatus(right.sent, 200, 'the location that checks for the right name');
    lab.need(lastTry(right.exchange).tls, 'the proxy does not say how it spoke with the app');
    const warned = unchecked.exchange.errorLog.length > 0;
    return {
        answer: unchecked.sent.status === 200 ? (warned ? 'warns' : 'takes') : unchecked.sent.status === 502 ? '502' : undefined,
        verdict: `Unchecked: ${unchecked.sent.said}. For another name: ${wrong.sent.said} (${answered(wrong.exchange)}). For the right one: ${right.sent.said}.`,
        figures: [chains('The lock between proxy and app', rows.map(row))],
        why: 'proxy_ssl_verify is off unless it is turned on: the connection is encrypted, but whoever answers at the address is taken for the app, also somebody in between. With it on, the certificate must be by an authority in proxy_ssl_trusted_certificate and for proxy_ssl_name.'
            + ' The name is not sent in the handshake either, unless proxy_ssl_server_name is on: an app with several sites then shows its default certificate.',
        production: 'Within one machine or a network of one’s own, plain http is usual. Across anything else: the four lines of the last location, and proxy_ssl_session_reuse with keepalive in the upstream, so that not every request pays for a handshake. Django sees plain WSGI in either case: who ends TLS in front of it (gunicorn --certfile, another nginx) is its server.',
        conf: asInProduction(text.replaceAll(`//127.0.0.1:${port}`, '//10.0.0.5'), { app: own }, { [port]: '443' }),
    };
}

function row({ name, sent, exchange }) {
    const last = lastTry(exchange);
    const [leaf] = last.tls?.chain ?? [];
    return {
        label: { unchecked: 'nothing said', wrong: 'proxy_ssl_name other.internal', right: 'proxy_ssl_name app.internal' }[name], id: sent.id,
        parts: [
            house('client', 'Client', exchange.client.from), road(exchange.client.tls ? version(exchange.client.tls.protocol) : 'http', { secure: Boolean(exchange.client.tls) }),
            house('proxy', 'Proxy', exchange.client.at, [['answers', String(exchange.status), exchange.status === 200 ? 'ok' : 'not']]),
            road(last.tls ? `${version(last.tls.protocol)}, SNI ${last.tls.serverName ?? 'none'}` : 'TLS', { secure: last.status !== null, broken: last.status === null }),
            house('app', 'App', last.to, leaf ? [['certificate for', leaf.names.join(', ')]] : []),
        ],
    };
}
