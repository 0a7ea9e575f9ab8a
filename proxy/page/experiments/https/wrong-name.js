import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files, said, why } from './tools.js';

const conf = (exact, wild, one, other) => `server {
    listen 127.0.0.1:${exact} ssl;
    ${files(one)}
    return 200 "shop\\n";
}
server {
    listen 127.0.0.1:${wild} ssl;
    ${files(other)}
    return 200 "any shop\\n";
}`;

export default {
    ask: {
        question: 'The certificate is for shop.example. A browser asks for https://www.shop.example/, which leads to the same server. What of its request reaches the server?',
        answers: { nothing: 'nothing: it leaves during the handshake', all: 'all of it; the browser warns afterwards', host: 'the Host line' },
    },
    steps: [
        'Two servers are added: one with a certificate for shop.example, one with a certificate for *.shop.example. An authority that the client trusts has made both.',
        'A client that checks, as browsers do, asks by several names. Which of its requests the proxy has recorded is looked up.',
        'One that checks nothing (curl -k) asks as well.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [exact, wild] = await free(lab, 2);
        const one = await certificate(lab, { names: ['shop.example'] });
        const other = await certificate(lab, { names: ['*.shop.example'] });
        const http = conf(exact, wild, one, other);
        return lab.withServer({ http }, () => measured(lab, exact, wild, one, other, http));
    },
};

async function measured(lab, exact, wild, one, other, http) {
    const rows = [];
    for (const [port, made, name, checks = true] of [
        [exact, one, 'shop.example'], [exact, one, 'www.shop.example'], [exact, one, 'www.shop.example', false],
        [wild, other, 'www.shop.example'], [wild, other, 'shop.example'], [wild, other, 'a.b.shop.example'],
    ]) {
        const path = `/asked-${rows.length}`;
        const sent = await lab.send(path, { port, name, tls: checks ? { trust: made.by } : {} });
        rows.push({ name, made, checks, sent, recorded: (await lab.recorded(path)).length });
    }
    const [right, wrong, unchecked] = rows;
    lab.needStatus(right.sent, 200, 'the request for shop.example');
    lab.needStatus(unchecked.sent, 200, 'the request that was not checked');
    return {
        answer: wrong.recorded ? 'all' : wrong.sent.errorCode === 'tls_name' ? 'nothing' : undefined,
        verdict: `Asked for www.shop.example, the client ${wrong.sent.errorCode === 'tls_name' ? 'left' : `got ${wrong.sent.said}`}, and the proxy has recorded ${wrong.recorded === 0 ? 'no request' : 'its request'}. The client said: ${wrong.sent.error ?? 'nothing'}.`,
        figures: [table('Who was asked for, and what came of it', ['certificate for', 'came of it', 'recorded'], rows.map(({ name, made, checks, sent, recorded }) => ({
            label: checks ? name : `${name}, unchecked`, id: sent.id, tone: sent.status === 200 ? (checks ? 'ok' : false) : 'not',
            cells: [made.names.join(', '), sent.status ? said(sent) : `${said(sent)}: ${why(sent)}`, recorded ? 'its request' : 'nothing'],
        })), { head: 'asked for' })],
        why: 'The certificate comes before the request. The client compares its names with the one in the address bar, and leaves if none is the same: the server’s access log has nothing, its error log has an alert at level info.'
            + ' An asterisk stands for exactly one label, so *.shop.example is neither for shop.example nor for a.b.shop.example.',
        production: 'List every name that people use: certbot -d shop.example -d www.shop.example. Redirecting www to the bare name does not help, since the redirect comes after the handshake.'
            + ' In Django the name has to be in ALLOWED_HOSTS, too: that is the next check, and another error (400).',
        conf: asInProduction(http, { shop: one, wildcard: other }, { [exact]: '443', [wild]: '444' }),
    };
}
