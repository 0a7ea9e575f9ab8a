// Ports for an experiment's own small servers.

const FIRST = 9440;
const LAST = 9599;

/** So many ports that no socket of this machine has at either end, not even in TIME_WAIT. */
export async function free(lab, count) {
    const found = [];
    for (let port = FIRST; found.length < count; port++) {
        lab.need(port <= LAST, `no ${count} ports from ${FIRST} to ${LAST} are free`);
        const { listening, states } = await lab.sockets(port);
        if (!listening.length && !Object.keys(states).length) {
            found.push(port);
        }
    }
    return found;
}
