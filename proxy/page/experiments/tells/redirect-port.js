import { table } from '../draw/tables.js';
import { field } from '../evidence.js';
import * as needs from '../needs.js';

const HOSTS = { host: '$host', whole: '$http_host', listening: '$host:$server_port' };

const CONF = Object.entries(HOSTS).map(([name, value]) => `location /experiment/${name}/ {
    proxy_set_header Host ${value};
    proxy_pass http://app/;
}`).join('\n');

const ASKED = 'localhost:5000';

export default {
    ask: {
        question: `docker run -p 5000:80: the browser is at http://${ASKED}/, and the app redirects. With which line does the browser end at ${ASKED} again?`,
        answers: { host: 'proxy_set_header Host $host;', whole: 'proxy_set_header Host $http_host;', listening: 'proxy_set_header Host $host:$server_port;' },
    },
    steps: [`The app’s /redirect/1, which makes a whole URL, is asked with “Host: ${ASKED}”, as such a browser sends it.`, 'Once with each of the three lines.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, value] of Object.entries(HOSTS)) {
            const sent = lab.needStatus(await lab.send(`/experiment/${name}/redirect/1`, { headers: [['Host', ASKED]] }), 302, 'the redirect');
            const exchange = await lab.exchange(sent.id);
            const to = sent.header('Location');
            rows.push({ name, label: `Host ${value}`, id: sent.id, to, tone: to.includes(`//${ASKED}/`) ? 'ok' : 'not', cells: [field(exchange, 'toUpstream', 'Host'), to] });
        }
        const good = rows.filter((row) => row.tone === 'ok');
        return {
            answer: good.length === 1 ? good[0].name : undefined,
            verdict: rows.map((row) => `${row.label}: ${row.to}`).join('; '),
            figures: [table('What the app was told, and where it sends the browser', ['Host at the app', 'Location at the browser'], rows)],
            why: '$host is the name without the port, so a redirect leads to port 80. $server_port is where the proxy listens inside its container, which is not what was published. $http_host is what the browser said, port and all. (A Location that is only a path, as Django’s own redirects are, has no port to lose.)',
            conf: CONF,
        };
    }),
};
