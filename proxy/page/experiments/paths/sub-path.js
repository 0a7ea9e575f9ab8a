import { HOST } from '../conf.js';
import { cuts } from '../draw/cut.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/shop/ {
    ${HOST}
    proxy_pass http://app/;
}
location /experiment/mended/ {
    ${HOST}
    proxy_redirect ~^https?://[^/]+/(.*)$ /experiment/mended/$1;
    proxy_pass http://app/;
}`;

export default {
    ask: {
        question: 'An app that thinks it lives at / is put under /experiment/shop/ by proxy_pass http://app/;. It answers with a redirect of its own. Where does the browser end?',
        answers: { outside: 'outside of /experiment/shop/', inside: 'inside of it: proxy_pass turns it round' },
    },
    steps: ['The app’s /redirect/1 is asked under two prefixes: one with proxy_pass alone, one with a proxy_redirect, too.', 'Where the redirect leads is read, and asked for.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, label] of [['shop', 'proxy_pass http://app/;'], ['mended', 'and proxy_redirect ~^https?://[^/]+/(.*)$ /experiment/mended/$1;']]) {
            const sent = lab.needStatus(await lab.send(`/experiment/${name}/redirect/1`), 302, 'the redirect');
            const to = new URL(sent.header('Location'), window.location.origin).pathname;
            const next = await lab.send(to);
            const inside = to.startsWith(`/experiment/${name}/`);
            rows.push({ label, came: `/experiment/${name}/redirect/1`, left: to, inside, id: sent.id, tone: inside ? 'ok' : 'not', then: `Location: ${sent.header('Location')}; asked for it: ${next.said}` });
        }
        return {
            answer: rows[0].inside ? 'inside' : 'outside',
            verdict: `With proxy_pass alone the browser was sent to ${rows[0].left}; with proxy_redirect to ${rows[1].left}.`,
            figures: [cuts('From the path that was asked for to the one that the redirect leads to', rows)],
            why: 'The slash of proxy_pass takes the prefix away on the way in; nothing puts it back into what the app says: redirects, links, cookie paths, URLs of its scripts. By default (proxy_redirect default) only a Location that begins with the very URL of proxy_pass, http://app/, is turned round, and with the browser’s Host the app does not write that. proxy_redirect and proxy_cookie_path mend headers; for a Location that is only a path it is proxy_redirect / /experiment/mended/;. Links in pages only the app can make right: Django’s FORCE_SCRIPT_NAME or SCRIPT_NAME. '
                + 'Simplest of all: a host name of its own.',
            conf: CONF,
        };
    }),
};
