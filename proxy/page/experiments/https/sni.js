import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files, shown } from './tools.js';

const SITES = ['red.example', 'blue.example'];

const conf = (port, certificates) => SITES.map((name, i) => `server {
    listen 127.0.0.1:${port} ssl;
    server_name ${name};
    ${files(certificates[i])}
    return 200 "$server_name, asked by SNI $ssl_server_name\\n";
}`).join('\n');

export default {
    ask: {
        question: 'Two servers share a port, each with a certificate of its own: first red.example, then blue.example. A client asks for blue.example, but does not say so in its handshake. Which certificate is it sent?',
        answers: { first: 'red’s, of the first server', second: 'blue’s, which the Host line names', none: 'none: the handshake fails' },
    },
    steps: [
        'Two servers are added at one port, with a certificate each.',
        'A client asks with each name, with none, and with a name that neither has; and once with one name in the handshake (SNI) and another in the Host line.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const certificates = [];
        for (const name of SITES) {
            certificates.push(await certificate(lab, { names: [name] }));
        }
        const http = conf(port, certificates);
        return lab.withServer({ http }, () => measured(lab, port, certificates, http));
    },
};

async function measured(lab, port, [red, blue], http) {
    const ask = async (sni, host) => ({ sni, host, sent: lab.needStatus(await lab.send('/', { port, name: host, tls: { name: sni } }), 200) });
    const rows = [await ask('red.example', 'red.example'), await ask('blue.example', 'blue.example'), await ask('', 'blue.example'),
        await ask('green.example', 'green.example'), await ask('red.example', 'blue.example')];
    const unnamed = rows[2];
    return {
        answer: shown(unnamed.sent) === 'red.example' ? 'first' : shown(unnamed.sent) === 'blue.example' ? 'second' : undefined,
        verdict: `Without a name it was sent the certificate of ${shown(unnamed.sent)}, and its request was answered by ${unnamed.sent.line.split(',')[0]}. With SNI red and Host blue, ${shown(rows[4].sent)}’s certificate came, and ${rows[4].sent.line.split(',')[0]} answered.`,
        figures: [table('Who was asked for twice, and who was there', ['Host', 'certificate', 'answered by'], rows.map(({ sni, host, sent }) => ({
            label: sni || 'no SNI', id: sent.id, tone: shown(sent) === host ? 'ok' : 'not', cells: [host, shown(sent), sent.line.split(',')[0]],
        })), { head: 'SNI' })],
        why: 'The certificate is needed before the request is there, so the client names the host in its first message (SNI), in clear text. Without it, or with a name that nobody has, nginx takes the default server of the port: the first, or the one with default_server.'
            + ' The request then goes to the server that its Host line names, whatever the handshake was for: two choices, at two times.',
        production: 'Say who is the default: listen 443 ssl default_server; with ssl_reject_handshake on it turns away whoever asks for a name that is not yours, instead of showing a certificate with your names in it.'
            + ' Clients that check (ssl_verify_client) must not be able to switch: nginx answers 421 there if Host and SNI lead to different servers. In Django, ALLOWED_HOSTS is the second check.',
        conf: asInProduction(http, { red, blue }, { [port]: '443' }),
    };
}
