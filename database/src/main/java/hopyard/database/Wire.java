package hopyard.database;

import hopyard.trace.HopTls;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of a connection to PostgreSQL.
 *
 * @param serial its number, counted from 1
 * @param from this end of its socket, as the kernel has it
 * @param at PostgreSQL's end of it
 * @param pid the process of PostgreSQL's that serves it
 * @param version PostgreSQL's own
 * @param tls what is spoken on it; {@code null} if it is not TLS
 * @param uses how many jobs have had it
 */
record Wire(long serial, String from, String at, long pid, String version, HopTls tls, AtomicLong uses) {}
