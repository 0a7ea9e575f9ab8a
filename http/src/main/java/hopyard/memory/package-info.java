/**
 * What clients and apps can have a server hold in memory, with a limit for all of it: a JVM that runs out of memory
 * fails wherever it happens to be, so nobody may bring it there.
 */
package hopyard.memory;
