// What is on trial: a bar on every tab, while a changed configuration goes back by itself unless somebody keeps it.
import { call, hear, tell } from '../lib/api.js';
import { h, problem } from '../lib/dom.js';

const place = () => document.querySelector('#trial');

let state = null;
let until = 0;
let timer = null;

export const section = () => h('section', { id: 'trial', 'aria-label': 'A configuration on trial', hidden: true });

export function start() {
    hear('config', (next) => {
        state = next;
        until = next.revertsInMs === undefined ? 0 : performance.now() + next.revertsInMs;
        draw();
    });
}

const left = h('strong', {});

function tick() {
    left.textContent = `${Math.max(0, Math.ceil((until - performance.now()) / 1000))} s`;
}

function draw() {
    clearInterval(timer);
    const had = place().contains(document.activeElement) ? document.activeElement.id : null;
    const { revertsTo, problem: trouble, lock, changed } = state;
    // an experiment's moment with nginx.conf is said in the bar; a strip for it would push the page to and fro
    place().hidden = Boolean(lock) || !until && !trouble;
    if (until && !lock) {
        timer = setInterval(tick, 500);
        tick();
        const said = h('span', { role: 'alert' });
        const act = (path, body) => async () => {
            try {
                tell('config', await call('POST', path, body));
            } catch (error) {
                said.replaceChildren(problem(error));
            }
        };
        place().replaceChildren(
            h('p', {}, 'A changed nginx.conf is on trial', changed?.by ? ` (by ${changed.by})` : '', '. In ', left, revertsTo === 'file' ? ' it goes back to the file.' : ' it goes back to what was kept before.'),
            h('span', { class: 'buttons' },
                h('button', { type: 'button', class: 'primary small', id: 'keep', click: act('config/keep', {}) }, 'Keep these changes'),
                h('button', { type: 'button', class: 'small', id: 'revert-now', click: act('config/revert', {}) }, 'Revert now')),
            said);
    } else if (trouble) {
        place().replaceChildren(h('p', { class: 'problem' }, `Going back to the configuration before has failed, and is tried again: ${trouble}`));
    }
    if (had !== null) {
        const next = place().hidden ? null : document.getElementById(had);
        (next ?? document.querySelector('[role=tabpanel]:not([hidden])'))?.focus({ preventScroll: true });
    }
}
