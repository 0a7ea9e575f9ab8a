import { h } from '../../lib/dom.js';
import { chains, house, road } from '../draw/chain.js';
import { table } from '../draw/tables.js';
import * as needs from '../needs.js';
import { address, ask, db, direct } from './tools.js';

const MODES = {
    disable: 'never encrypted',
    prefer: 'encrypted if the server can; what most drivers do if nothing is said',
    require: 'encrypted, or not at all; whoever the server is',
    'verify-full': 'the same, and its certificate must be good and for this name',
};

const CONF = `# DATABASE_URL
postgres://app:…@db.example:5432/app?sslmode=verify-full&sslrootcert=/etc/ssl/db-authority.pem

# postgresql.conf
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'

# pg_hba.conf: and nobody without it
hostssl all all 0.0.0.0/0 scram-sha-256`;

const said = ({ encrypted, protocol, error }) => (error ? error.code.replaceAll('_', ' ') : encrypted ? protocol : 'connected, in plain text');

export default {
    ask: {
        question: 'The browser speaks HTTPS with the proxy. DATABASE_URL says nothing of sslmode, and this PostgreSQL is as it comes from its package. Is what goes from the app to it encrypted?',
        answers: { plain: 'no: the driver asks for TLS, is told no, and goes on without', tls: 'yes: the driver asks for TLS, and gets it', fails: 'no connection comes about' },
    },
    steps: [
        'The app connects four times, by a connection of its own each, with another sslmode each time.',
        'What came of it, the driver and PostgreSQL’s pg_stat_ssl say. One request for the notes shows the connection that the app really uses.',
    ],
    needs: [needs.app, needs.database],
    async run(lab) {
        const state = await db(lab);
        const rows = [];
        for (const mode of Object.keys(MODES)) {
            lab.say(`connecting with sslmode=${mode}`);
            const answer = await direct(lab, `/db/tls?mode=${mode}`);
            lab.need(answer.status === 200, `the app answered ${answer.said} at /db/tls`);
            rows.push(answer.json());
        }
        const of = (mode) => rows.find((each) => each.mode === mode);
        const { sent, exchange, its } = await ask(lab, '/notes');
        lab.needStatus(sent, 200, 'the list of notes');
        lab.need(!of('disable').error, `it could not even connect without TLS: ${of('disable').error?.text}`);
        const prefer = of('prefer');
        return {
            answer: prefer.error ? 'fails' : prefer.encrypted ? 'tls' : 'plain',
            verdict: `prefer: ${said(prefer)}. require: ${said(of('require'))}. verify-full: ${said(of('verify-full'))}. The app’s own connection is ${its?.tls ? `encrypted, ${its.tls}` : 'not encrypted'}.`,
            figures: [
                table('What came of each sslmode', ['encrypted', 'what came of it', 'it means'], rows.map(({ mode, encrypted, cipher, error }, i) => ({
                    label: h('code', {}, mode), cells: [encrypted ? `yes, ${cipher}` : 'no', error ? h('span', { class: 'not' }, error.text) : said(rows[i]), MODES[mode]],
                })), { head: 'sslmode' }),
                chains('The whole way of one request', [{
                    label: 'GET /notes', id: sent.id,
                    parts: [
                        house('client', 'Client', exchange.client.from), road(exchange.client.tls ? exchange.client.tls.protocol : 'plain text', { secure: Boolean(exchange.client.tls) }),
                        house('proxy', 'Proxy', exchange.client.at), road(exchange.tries[0]?.tls ? exchange.tries[0].tls.protocol : 'plain text', { secure: Boolean(exchange.tries[0]?.tls) }),
                        house('app', 'App', exchange.tries[0]?.to), road(its?.tls ?? 'plain text', { secure: Boolean(its?.tls) }), house('database', 'PostgreSQL', its?.at ?? address(state)),
                    ],
                }]),
            ],
            why: 'PostgreSQL has no port of its own for TLS: on 5432 the client asks “SSLRequest” first, and the server says S or N. With prefer, N is good enough, and so it is for somebody in between who says N in the server’s place. With require nobody can listen in who only listens, but nobody checks who the server is. Only verify-full does. '
                + 'Each of the three wires has its own lock: HTTPS in front says nothing of those behind.',
            production: 'On one machine, or in one compose network, plain text is usual. Across machines it is not: managed databases have TLS on, and their provider’s certificate is what sslrootcert names.',
            conf: CONF,
            confTitle: 'The settings',
        };
    },
};
