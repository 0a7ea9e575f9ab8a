// Experiments: a question, one button, what to look at, why, and the nginx.conf lines. What each does: experiment-list.js.
import { call, tell } from '../lib/api.js';
import { h, problem } from '../lib/dom.js';
import { EXPERIMENTS } from '../experiments/list.js';
import { pick } from '../path/path.js';

/** The proxy itself goes back after this long, should the page be closed in the middle. */
const PUT_BACK_SECONDS = 40;

/** What experiments can do. */
const lab = {
    /** One request by the console; gives its result. */
    async send(path, { method = 'GET', headers = [], body = '', via = 'proxied', readRate = 0 } = {}) {
        return (await call('POST', 'send', { path, method, headers, body, via, readRate })).results[0];
    },

    call,

    /** Adds locations to the running nginx.conf, before `location / {`, for as long as `work` takes. */
    async withLocations(text, work) {
        const before = await call('GET', 'config');
        if (!before.mayEdit) {
            throw new Error('This one changes nginx.conf for a moment, which only "hop_console edit;" allows.');
        }
        const own = before.files[0].text;
        const at = own.search(/^[ \t]*location \/ \{/m);
        if (at < 0) {
            throw new Error('This one adds a location before "location / {", and the running nginx.conf has no such line.');
        }
        const edited = `${own.slice(0, at)}${text.replace(/^/gm, '        ')}\n\n${own.slice(at)}`;
        tell('config', await call('POST', 'config', { text: edited, seconds: PUT_BACK_SECONDS }));
        try {
            return await work();
        } finally {
            tell('config', await (before.edited ? call('POST', 'config', { text: own }) : call('DELETE', 'config')));
        }
    },

    /** Opens a door on the first of some ports that is free. */
    async door(address, backlog = 2) {
        for (let port = 9400; ; port++) {
            try {
                await call('POST', 'doors', { address, port, backlog });
                return port;
            } catch (error) {
                if (error.details?.errno !== 'EADDRINUSE' || port > 9410) {
                    throw error;
                }
            }
        }
    },
};

export function panel() {
    return [
        h('p', { class: 'about' }, 'Each takes less than a minute. Those that change nginx.conf do so while it runs, without dropping a'
            + ' connection, and put it back.'),
        h('div', { class: 'experiments' }, EXPERIMENTS.map(card)),
    ];
}

function card(experiment) {
    const out = h('div', { class: 'outcome', 'aria-live': 'polite' });
    const after = h('div', { hidden: true },
        h('p', {}, h('b', {}, 'Look at: '), experiment.look),
        h('p', {}, h('b', {}, 'Why: '), experiment.why),
        h('pre', { tabindex: '0', 'aria-label': 'The nginx.conf lines' }, experiment.lines));
    const button = h('button', { type: 'button', class: 'primary', click: run }, 'Run');
    const element = h('article', { class: 'card experiment', id: `experiment-${experiment.id}`, 'data-state': 'ready' },
        h('h3', {}, experiment.question), button, out, after);

    async function run() {
        button.disabled = true;
        element.dataset.state = 'running';
        out.replaceChildren(h('p', {}, 'running …'));
        try {
            const rows = await experiment.run(lab);
            out.replaceChildren(h('table', {}, h('tbody', {}, rows.map(row))));
            after.hidden = false;
            element.dataset.state = 'done';
        } catch (error) {
            out.replaceChildren(problem(error));
            element.dataset.state = 'failed';
        }
        button.disabled = false;
        button.textContent = 'Run again';
    }

    return element;
}

/** A row is what was done and what came of it, and perhaps the exchange to look at. */
function row([what, result, id]) {
    return h('tr', {}, h('th', { scope: 'row' }, what), h('td', {}, result,
        id ? [' ', h('button', { type: 'button', class: 'small', click: () => pick(id) }, 'hops')] : null));
}
