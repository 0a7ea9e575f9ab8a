// The tour: five things that a visitor does, beside the page on which they are done. It says what to do, waits until it has been done, and
// says what that showed. Offered at the first visit, skipped at any time, and begun again by "?".
import { bringBack } from '../lib/again.js';
import { call, hear } from '../lib/api.js';
import { $, h } from '../lib/dom.js';
import { go, route } from '../lib/router.js';
import { isOwnFile } from '../lib/store.js';
import { TABS } from '../lib/tabs.js';
import { areOn, KEYS, turn } from './keys.js';

const DONE = 'hopyard-tour';

/** The steps: what to do, where, which event shows that it was done, and what was seen. */
const STEPS = [
    {
        title: 'Send a request and follow its ports',
        text: 'Press “Send” below, or run curl in a terminal. Then look at the path on top: two wires, each with a port at both ends.',
        tab: 'send',
        event: 'known',
        done: ({ fresh, all }) => !all && fresh.find((x) => !isOwnFile(x)),
        seen: (x) => `${x.method} ${x.target} came from port ${x.client.from.replace(/.*:/, '')}, a number that the system lent the client, to ${x.client.at}, where the proxy listens`
            + (x.tries.at(-1)?.from ? `; the proxy asked the app from a port of its own, ${x.tries.at(-1).from.replace(/.*:/, '')}.` : '.'),
    },
    {
        title: 'Take the app away',
        text: 'End the app in its terminal: the playground prints “kill …” with its number; with Docker, docker compose stop backend. Then send a request again.',
        tab: 'send',
        event: 'known',
        done: ({ fresh, all }) => !all && fresh.find((x) => x.answeredBy?.who === 'proxy' && x.tries?.length && x.status >= 500),
        seen: (x) => `The proxy answered ${x.status} by itself: ${x.answeredBy.text}. It stays up, and so does this page. Bring the app back: ${bringBack(x.tries.at(-1).to ?? x.tries.at(-1).server)}.`,
    },
    {
        title: 'Change a line of nginx.conf',
        text: 'Open Config, change a line, for example the text of “return 200” in location = /proxy-says, and press Apply. It goes back by itself unless you keep it.',
        tab: 'config',
        event: 'config',
        done: (state) => state.edited && state,
        seen: () => 'The proxy runs what you wrote, from the next request on. The file itself is untouched: a reload of the proxy takes it up again.',
    },
    {
        title: 'Compare with and without the proxy',
        text: 'Press Compare: the console asks the same path of the app itself and through the proxy, in turns.',
        tab: 'compare',
        event: 'compared',
        done: (result) => result,
        seen: () => 'The differences in the headers are what the proxy’s configuration adds for the app; the difference in time is what the second hop costs.',
    },
    {
        title: 'Put it under load',
        text: 'Open Load and press Start, or run a curl loop in a terminal. Watch Live while it runs.',
        tab: 'load',
        event: 'load',
        done: (state) => state.done > 0 && state,
        seen: (state) => `${state.done} ${state.done === 1 ? 'request' : 'requests'} so far. Their connections, times and answers are all under Live and Ports.`,
    },
];

let element;
let step = -1;
let forget = () => {};
let dialog;

export function section() {
    element = h('aside', { id: 'tour', 'aria-label': 'Tour', hidden: true });
    return element;
}

export function start() {
    hear('help', help);
    addEventListener('keydown', keys);
    let state;
    try {
        state = localStorage.getItem(DONE);
    } catch {
        // a browser that keeps nothing is not asked at each visit
        state = 'never';
    }
    if (!state) {
        offer();
    }
}

function remember() {
    try {
        localStorage.setItem(DONE, 'seen');
    } catch {
        // see start()
    }
}

function end() {
    forget();
    const had = element.contains(document.activeElement);
    element.hidden = true;
    step = -1;
    remember();
    if (had) {
        ($('[role=tabpanel]:not([hidden])') ?? $('#panels')).focus({ preventScroll: true });
    }
}

function offer() {
    element.hidden = false;
    element.replaceChildren(
        h('p', {}, h('strong', {}, 'New here? '), 'Five things to do, five minutes: send, kill, change, compare, load.'),
        h('p', { class: 'buttons' },
            h('button', { type: 'button', class: 'primary small', click: () => show(0) }, 'Start the tour'),
            h('button', { type: 'button', class: 'small', click: finish }, 'Read the lesson'),
            h('button', { type: 'button', class: 'small', click: end }, 'Skip')));
}

function show(n) {
    forget();
    step = n;
    const { title, text, tab, event, done, seen } = STEPS[n];
    const result = h('p', { class: 'about', role: 'status' }, 'Waiting for you …');
    const next = h('button', { type: 'button', class: 'small', click: () => (n + 1 < STEPS.length ? show(n + 1) : finish()) }, n + 1 < STEPS.length ? 'Next' : 'Finish');
    element.hidden = false;
    const head = h('p', { tabindex: '-1' }, h('strong', {}, `${n + 1} of ${STEPS.length}: ${title}`));
    element.replaceChildren(head, h('p', {}, text), result,
        h('p', { class: 'buttons' },
            route().tab === tab ? null : h('button', { type: 'button', class: 'small', click: (click) => { click.currentTarget.remove(); next.focus(); go({ tab }); } }, `Open ${TABS[tab]}`),
            n ? h('button', { type: 'button', class: 'small', click: () => show(n - 1) }, 'Back') : null, next,
            h('button', { type: 'button', class: 'small', click: end }, 'End the tour')));
    // what was pressed is gone; from here the next thing that Tab comes to is this step's
    head.focus({ preventScroll: true });
    forget = hear(event, (news) => {
        const found = done(news);
        if (found) {
            result.className = 'good';
            result.textContent = seen(found);
            next.classList.add('primary');
        }
    });
}

function finish() {
    go({ tab: 'lesson' });
    end();
}

// ---- "?" and the keys

async function help() {
    dialog?.remove();
    const version = await call('GET', 'stats').then((stats) => stats.version, () => null);
    dialog = h('dialog', { 'aria-label': 'Help' },
        h('h2', {}, 'Keys'),
        h('p', {}, h('label', { class: 'check' }, h('input', { type: 'checkbox', id: 'keys-on', checked: areOn(), change: (event) => turn(event.target.checked) }),
            ' these keys do something; without them the button “?” opens this sheet')),
        h('table', { class: 'keys' }, h('tbody', {}, KEYS.map(([key, text]) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, text))))),
        h('p', { class: 'about' }, 'On Live’s time axis, which Tab leads to: + and − zoom, the arrows move, 0 shows all.'),
        h('p', { class: 'buttons' },
            h('button', { type: 'button', class: 'primary', click: () => { dialog.close(); show(0); } }, 'Start the tour'),
            h('button', { type: 'button', click: () => dialog.close() }, 'Close')),
        version ? h('p', { class: 'about' }, version) : null);
    document.body.append(dialog);
    dialog.showModal();
}

function keys(event) {
    const typing = /^(input|select|textarea)$/i.test(event.target.tagName) || event.target.isContentEditable || event.target.closest?.('.CodeMirror, dialog');
    if (!areOn() || typing || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    const known = KEYS.find(([key]) => key === event.key);
    if (known) {
        event.preventDefault();
        known[2]();
    }
}
