/** One request on its way: phases, variables, the start of the response, error answers, logs; and what modules add. */
package hopyard.proxy.exchange;
