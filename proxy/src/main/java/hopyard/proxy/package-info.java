/** The program: its command line, its signals, and its life from start to drain. */
package hopyard.proxy;
