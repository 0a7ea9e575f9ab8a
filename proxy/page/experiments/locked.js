// The console's lock on nginx.conf, for one experiment: nobody else changes it meanwhile, and what ran before comes back at its end, whether
// that is the end of the run, of the page, or of the lock's time.
import { BASE, call } from '../lib/api.js';
import { Unmeasured } from './unmeasured.js';

/**
 * How long the lock goes on without a word from here. A page in the background may be let say one a minute only. One that is killed
 * holds it no longer than its stream: see during().
 */
const SECONDS = 150;

/** How often who waits asks again, and who holds it says that he still does, in ms. */
const ASK_AGAIN = 400;
const GO_ON = 20_000;

export class Lock {
    #token;

    constructor(token) {
        this.#token = token;
    }

    /**
     * Takes the lock. Where nginx.conf may not be changed there is none to take, and nobody who could disturb.
     *
     * @param waiting is called with for whom or for what, while somebody else has it
     */
    static async take(name, waiting, signal) {
        for (;;) {
            signal.throwIfAborted();
            // who has it is asked first: a refusal would stand among the errors of the browser's console
            const { mayEdit, lock, revertsInMs } = await call('GET', 'config');
            if (!mayEdit) {
                return new Lock(null);
            }
            if (!lock && revertsInMs === undefined) {
                try {
                    return new Lock((await call('POST', 'config/lock', { name, seconds: SECONDS })).token);
                } catch (error) {
                    if (error.status !== 409) {
                        throw error;
                    }
                }
            }
            waiting(lock ? `“${lock.name}”, which has nginx.conf now` : 'the changed nginx.conf that is on trial now: keep it or revert it, under Config');
            await new Promise((resolve) => { setTimeout(resolve, ASK_AGAIN); });
        }
    }

    /** Does the work under the lock, and lets it go. */
    async during(work) {
        const going = setInterval(() => this.goOn().catch(() => { /* who asks next learns it */ }), GO_ON);
        const leaving = () => this.#token && fetch(new URL(`config/lock?token=${this.#token}`, BASE), { method: 'DELETE', keepalive: true });
        addEventListener('pagehide', leaving);
        // ends with this page, however that ends; the console frees the lock then
        const held = this.#token ? new EventSource(new URL(`config/lock?token=${this.#token}`, BASE)) : null;
        try {
            const result = await work();
            await this.goOn();
            return result;
        } finally {
            held?.close();
            clearInterval(going);
            removeEventListener('pagehide', leaving);
            await this.release();
        }
    }

    /** Throws Unmeasured if the lock is gone. */
    async goOn() {
        if (this.#token) {
            await call('POST', 'config/lock', { token: this.#token, seconds: SECONDS }).catch((error) => {
                throw error.status === 409 ? new Unmeasured('nginx.conf was loaded anew by somebody else while it ran') : error;
            });
        }
    }

    async release() {
        if (this.#token) {
            await call('DELETE', `config/lock?token=${this.#token}`).catch((error) => {
                // it has ended already, and put everything back
                if (error.status !== 409) {
                    throw error;
                }
            });
        }
    }

    /** Puts a text to work. */
    put(text) {
        return call('POST', 'config', { text, token: this.#token });
    }
}
