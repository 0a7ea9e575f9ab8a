import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { version } from '../../path/lock.js';
import { asInProduction, certificate, files } from './tools.js';

const CLAIM = [['X-Client-Name', 'CN=The Boss']];

const conf = (strict, lax, own, guest) => [[strict, 'on'], [lax, 'optional']].map(([port, verify]) => `server {
    listen 127.0.0.1:${port} ssl;
    ${files(own)}
    ssl_client_certificate ${guest.authority};
    ssl_verify_client ${verify};
    location / {
        proxy_set_header Host $http_host;
        proxy_set_header X-Client-Verify $ssl_client_verify;
        proxy_set_header X-Client-Name $ssl_client_s_dn;
        proxy_pass http://app;
    }
}`).join('\n');

export default {
    ask: {
        question: 'ssl_verify_client on; a client comes without any certificate. What does it get?',
        answers: { 400: 'a 400, over TLS that works', handshake: 'a handshake that fails', 403: 'a 403' },
    },
    steps: [
        'Two servers are added that ask for certificates of one authority: one demands them (on), one takes who has none, too (optional).',
        'Clients come with a good certificate, with one of another authority, and with none. One without claims a name in a header.',
        'What the app was told is read from what the proxy has recorded.',
    ],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const [strict, lax] = await free(lab, 2);
        const own = await certificate(lab, { names: ['localhost'] });
        const guest = await certificate(lab, { client: 'Ada', by: 'members' });
        const stranger = await certificate(lab, { client: 'Eve', by: 'strangers' });
        const http = conf(strict, lax, own, guest);
        return lab.withServer({ http }, () => measured(lab, { strict, lax, own, guest, stranger, http }));
    },
};

async function measured(lab, { strict, lax, own, guest, stranger, http }) {
    const ask = async (label, verify, shown, headers = []) => {
        const sent = await lab.send('/whoami', { port: verify === 'on' ? strict : lax, name: 'localhost', headers, tls: { ...(shown ? { certificate: shown.id } : {}) } });
        const exchange = sent.id ? await lab.exchange(sent.id) : null;
        const told = (name) => exchange?.headers.toUpstream.find(([each]) => each === name)?.[1];
        return { label, verify, sent, exchange, verified: told('X-Client-Verify'), name: told('X-Client-Name') };
    };
    const rows = [
        await ask('a good one', 'on', guest), await ask('none', 'on', null), await ask('another authority’s', 'on', stranger),
        await ask('a good one', 'optional', guest), await ask('none', 'optional', null), await ask('none, and a claim', 'optional', null, CLAIM),
    ];
    const [good, none, , , , claimed] = rows;
    lab.needStatus(good.sent, 200, 'the client with a good certificate');
    return {
        answer: none.sent.status === 400 && none.sent.tls.done ? '400' : none.sent.status === 403 ? '403' : none.sent.status === 0 ? 'handshake' : undefined,
        verdict: `Without a certificate: ${none.sent.said}${none.sent.tls?.done ? `, over ${version(none.sent.tls.protocol)} that works` : ''}. With a good one: ${good.sent.said}, and the app was told ${good.name}. The claim of a client without one ${claimed.name ? `came to the app as “${claimed.name}”` : 'did not come to the app: the header was left out'}.`,
        figures: [table('Who came with what', ['verify', 'status', 'verified', 'the app was told'], rows.map(({ label, verify, sent, exchange, verified, name }) => ({
            label, id: sent.id, tone: sent.status === 200 ? false : 'not',
            cells: [verify, sent.said, verified ?? exchange?.client.tls?.clientCertificate?.verified ?? 'NONE', exchange?.tries.length ? name ?? null : 'it was not asked'],
        })))],
        why: 'The server asks for a certificate in the handshake, and goes on whatever comes: nginx judges it when the request is there, and says 400 with the reason (No required SSL certificate was sent). $ssl_client_verify is SUCCESS, NONE or FAILED:reason, and $ssl_client_s_dn whose it is.'
            + ' A header of that name is only worth something because proxy_set_header writes over whatever the client has sent.',
        production: 'Set the header in every location that passes on, also with “optional”, and let nobody reach the app past the proxy. In Django: RemoteUserMiddleware with header = "HTTP_X_CLIENT_NAME". To refuse those without one in some places only: optional, and if ($ssl_client_verify != SUCCESS) { return 403; } there.',
        conf: asInProduction(http, { site: own, members: guest }, { [strict]: '443', [lax]: '444' }),
    };
}
