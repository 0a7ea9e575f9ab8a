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

/** What is sent to the app to see whether it is there; it makes nothing, whatever the app does with it. */
const KNOCK = 'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Whether the app that an exchange was for is away, by asking it past the proxy. */
async function away(x) {
    const said = `The proxy answered ${x.status} by itself: ${x.answeredBy.text}.`;
    const last = x.tries.at(-1);
    let result;
    try {
        ({ results: [result] } = await call('POST', 'send', { raw: KNOCK, path: x.target.split('#')[0], via: 'direct', waitMs: 3000 }));
    } catch (error) {
        return { text: `${said} Whether the app is away is not known: ${error.message}. Waiting for you …` };
    }
    const at = last.to ?? last.server;
    if (result.to !== at) {
        return { text: `${said} That was at ${at}; asked directly was ${result.to}, which ${result.from ? 'accepts' : 'does not'}. Waiting for you …` };
    }
    return result.from
        ? { text: `${said} But the app is not away: at ${at} somebody accepts, asked directly just now. End it, and send again.` }
        : { good: true, text: `${said} Asked directly, ${at} does not accept either${result.errorCode === 'refused' ? ': nobody listens there' : ''}. The proxy stays up, and so does this page. Bring the app back: ${bringBack(at)}.` };
}

/**
 * The steps: what to do, where, which event may show that it was done, and what was seen then: { text, good: it was done }, or nothing. What is
 * said is what the event or an answer to a question of the step's own says. `begin` asks when the step begins, and adds to the text.
 */
const STEPS = [
    {
        title: 'Send a request and follow its ports',
        text: 'Press “Send” below, or run curl in a terminal. Then look at the path on top: two wires, each with a port at both ends.',
        tab: 'send',
        event: 'known',
        saw({ fresh, all }) {
            const x = !all && fresh.find((each) => !isOwnFile(each));
            return x && {
                good: true,
                text: `${x.method} ${x.target} came from port ${x.client.from.replace(/.*:/, '')}, a number that the system lent the client, to ${x.client.at}, where the proxy listens`
                    + (x.tries.at(-1)?.from ? `; the proxy asked on from a port of its own, ${x.tries.at(-1).from.replace(/.*:/, '')}.` : '.'),
            };
        },
    },
    {
        title: 'Take the app away',
        text: 'End the app in its terminal: the playground prints “kill …” with its number; with Docker, docker compose stop backend. Then send a request again.',
        tab: 'send',
        event: 'known',
        saw({ fresh, all }) {
            const x = !all && fresh.findLast((each) => each.answeredBy?.who === 'proxy' && each.tries?.length && each.status >= 500);
            return x && away(x);
        },
    },
    {
        title: 'Change a line of nginx.conf',
        text: 'Open Config, change a line, and press Apply. It goes back by itself unless you keep it.',
        tab: 'config',
        event: 'config',
        async begin() {
            const { mayEdit, version, files } = await call('GET', 'config');
            const has = /^[ \t]*location = \/proxy-says \{/m.test(files[0].text);
            return {
                version,
                text: !mayEdit ? ' Here that is not allowed: it takes “hop_console edit;” in the console’s location. So go on with Next.'
                    : has ? ' For example the text of “return 200” in location = /proxy-says.' : '',
            };
        },
        saw: ({ edited, lock, version }, begun) => edited && !lock && version !== begun.version && {
            good: true,
            text: 'The proxy runs what you wrote, from the next request on. The file itself is untouched: a reload of the proxy takes it up again.',
        },
    },
    {
        title: 'Compare with and without the proxy',
        text: 'Press Compare: the console asks the same path of the app itself and through the proxy, in turns.',
        tab: 'compare',
        event: 'compared',
        saw({ comparable, notComparable, says, added, differences }) {
            if (!comparable) {
                return { text: `These two cannot be compared: ${notComparable.join('; ')}. Try another path.` };
            }
            const changed = (differences.seenByApp ?? []).filter(({ cause }) => cause !== 'two_requests').length;
            return {
                good: true,
                text: `Here ${says}: ${added.p50Ms > 0 ? 'that is what the second hop costs.' : 'what the second hop costs is less than what the times differ by anyway.'} ${changed ? `Of the header fields that the app saw, ${changed} ${changed === 1 ? 'differs' : 'differ'} by the proxy’s doing.` : 'No header field that the app saw differs by the proxy’s doing.'}`,
            };
        },
    },
    {
        title: 'Put it under load',
        text: 'Open Load and press Start. Watch Live while it runs.',
        tab: 'load',
        event: 'load',
        saw: ({ done }) => done > 0 && { good: true, text: `${done} ${done === 1 ? 'request' : 'requests'} so far. Those that passed the proxy are under Live, their connections under Ports.` },
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
    const { title, text, tab, event, begin, saw } = STEPS[n];
    const result = h('p', { class: 'about', role: 'status' }, 'Waiting for you …');
    const next = h('button', { type: 'button', class: 'small', click: () => (n + 1 < STEPS.length ? show(n + 1) : finish()) }, n + 1 < STEPS.length ? 'Next' : 'Finish');
    element.hidden = false;
    const head = h('p', { tabindex: '-1' }, h('strong', {}, `${n + 1} of ${STEPS.length}: ${title}`));
    const toDo = h('p', {}, text);
    element.replaceChildren(head, toDo, result,
        h('p', { class: 'buttons' },
            route().tab === tab ? null : h('button', { type: 'button', class: 'small', click: (click) => { click.currentTarget.remove(); next.focus(); go({ tab }); } }, `Open ${TABS[tab]}`),
            n ? h('button', { type: 'button', class: 'small', click: () => show(n - 1) }, 'Back') : null, next,
            h('button', { type: 'button', class: 'small', click: end }, 'End the tour')));
    // what was pressed is gone; from here the next thing that Tab comes to is this step's
    head.focus({ preventScroll: true });
    const begun = begin?.().then((found) => {
        toDo.append(found.text);
        return found;
    });
    const tellError = (error) => { result.textContent = error.message; };
    begun?.catch(tellError);
    let isDone = false;
    forget = hear(event, async (news) => {
        try {
            const found = await saw(news, await begun);
            if (found && !isDone && step === n) {
                isDone = Boolean(found.good);
                result.className = isDone ? 'good' : 'about';
                result.textContent = found.text;
                next.classList.toggle('primary', isDone);
            }
        } catch (error) {
            tellError(error);
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
