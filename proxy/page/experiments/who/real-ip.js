import { HOST } from '../conf.js';
import { chains, house, road } from '../draw/chain.js';
import { field } from '../evidence.js';
import * as needs from '../needs.js';

const CLIENT = '203.0.113.7';
const LINES = {
    none: '# nothing',
    trusted: 'set_real_ip_from 127.0.0.0/8; set_real_ip_from ::1; real_ip_header X-Forwarded-For;',
    stranger: 'set_real_ip_from 192.0.2.0/24; real_ip_header X-Forwarded-For;',
};

const CONF = Object.entries(LINES).map(([name, line]) => `location /experiment/${name}/ {
    ${line.replaceAll('; ', ';\n    ')}
    proxy_set_header X-Real-IP $remote_addr;
    ${HOST}
    proxy_pass http://app/;
}`).join('\n');

export default {
    ask: {
        question: `In front of this proxy stands another one (a load balancer, or Docker’s own). It says “X-Forwarded-For: ${CLIENT}”. Which address does the app get as the client’s, if nginx.conf says nothing about it?`,
        answers: { front: 'the address of the proxy in front', client: CLIENT },
    },
    steps: [`A request with “X-Forwarded-For: ${CLIENT}” comes from this machine, which stands for the proxy in front.`, 'It goes through three locations: without real_ip, with it for the address that it comes from, and with it for another one.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, line] of Object.entries(LINES)) {
            const sent = lab.needStatus(await lab.send(`/experiment/${name}/headers`, { headers: [['X-Forwarded-For', CLIENT]] }), 200);
            const exchange = await lab.exchange(sent.id);
            const told = field(exchange, 'toUpstream', 'X-Real-IP');
            rows.push({
                name, told, label: line, id: sent.id, parts: [
                    house('client', 'client', CLIENT), road('asks the proxy in front'), house('proxy', 'in front', sent.from.replace(/:\d+$/, '')),
                    road(`X-Forwarded-For: ${CLIENT}`), house('proxy', 'this proxy', sent.to), road('X-Real-IP'),
                    house('app', 'app', '', [['the client is', told, told === CLIENT ? 'ok' : 'not']]),
                ],
            });
        }
        const [none, trusted, stranger] = rows;
        return {
            answer: none.told === CLIENT ? 'client' : 'front',
            verdict: `Without real_ip the app hears of ${none.told}; with it for the proxy in front, of ${trusted.told}; for somebody else, of ${stranger.told}.`,
            figures: [chains('Who the app takes for the client', rows)],
            why: '$remote_addr is who has connected, and behind a load balancer or Docker’s userland proxy that is always the same address (172.17.0.1, say). set_real_ip_from names those who are believed about others, real_ip_header where they say it. Never name more than them: anybody else could write the header himself.',
            conf: CONF,
        };
    }),
};
