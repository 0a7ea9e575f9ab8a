/**
 * The one place that reaches into XNIO, which has no public way to what is needed:
 *
 * <ul>
 *   <li>{@link org.xnio.nio.NioHandle} stands in the place of XNIO's own class, which selects once more for each
 *       channel that is closed, and holds a connection's turn;
 *   <li>{@link org.xnio.nio.ReadyKeys} puts its own set into the selector of an I/O thread, which only XNIO's package
 *       sees, and has what takes long take turns with the connections;
 *   <li>{@link org.xnio.nio.SocketChannels} makes sockets of one address family, and of the unix domain, XNIO's: their
 *       constructors are not public.
 * </ul>
 *
 * <p>{@code hopyard.http.server.XnioCheck} looks at the start whether they are the ones that run, with the version that
 * they were made for.
 */
package org.xnio.nio;
