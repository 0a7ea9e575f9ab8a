// One experiment at a time, in all tabs of this browser: two at once would change each other's nginx.conf and time each other's requests.

const NAME = 'hopyard-experiment';
const WHO = `${NAME}: `;

/** Within this page, where the browser has no locks (a page that is not from localhost or https). */
let queue = Promise.resolve();
let holder = null;

async function heldBy() {
    if (!navigator.locks) {
        return holder;
    }
    const { held } = await navigator.locks.query();
    return held.map(({ name }) => name).find((name) => name.startsWith(WHO))?.slice(WHO.length) ?? null;
}

/**
 * Does the work when nobody else is at it.
 *
 * @param title says to others who holds the lock
 * @param waiting is called with for whom, while that is somebody else
 * @param signal ends the waiting
 */
export async function alone(title, waiting, signal, work) {
    const told = setInterval(async () => {
        const who = await heldBy();
        if (who) {
            waiting(who === title ? 'this experiment, which runs in another tab' : `“${who}”, which runs now`);
        }
    }, 150);
    try {
        if (!navigator.locks) {
            const turn = queue.then(() => {
                signal.throwIfAborted();
                clearInterval(told);
                holder = title;
                return work();
            }).finally(() => { holder = null; });
            queue = turn.catch(() => { /* who waits next does not care how this one ended */ });
            return await turn;
        }
        return await navigator.locks.request(NAME, { signal }, () => navigator.locks.request(WHO + title, () => {
            clearInterval(told);
            return work();
        }));
    } finally {
        clearInterval(told);
    }
}
