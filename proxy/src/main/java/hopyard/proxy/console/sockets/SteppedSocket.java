package hopyard.proxy.console.sockets;

import hopyard.proxy.console.endpoint.Refusal;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A TCP socket whose system calls are made one at a time: socket(), bind(), listen(), accept(), close(). What the
 * kernel refuses comes out as the kernel's error.
 *
 * <p>Java makes bind() and listen() in one and has no public way to make them apart, so two methods of the JDK are
 * called for which the jar's manifest opens the package ({@code Add-Opens}).
 */
final class SteppedSocket implements AutoCloseable {

    /** The JDK's own doors to the system calls. */
    private record Calls(Method descriptor, Method number, Method bind, Method listen, Method name, Field bound) {

        static Calls find() throws Refusal {
            try {
                Class<?> net = Class.forName("sun.nio.ch.Net");
                Class<?> channel = Class.forName("sun.nio.ch.ServerSocketChannelImpl");
                Calls calls = new Calls(
                        channel.getDeclaredMethod("getFD"),
                        channel.getDeclaredMethod("getFDVal"),
                        net.getDeclaredMethod(
                                "bind", ProtocolFamily.class, FileDescriptor.class, InetAddress.class, int.class),
                        net.getDeclaredMethod("listen", FileDescriptor.class, int.class),
                        net.getDeclaredMethod("localAddress", FileDescriptor.class),
                        channel.getDeclaredField("localAddress"));
                calls.descriptor.setAccessible(true);
                calls.number.setAccessible(true);
                calls.bind.setAccessible(true);
                calls.listen.setAccessible(true);
                calls.name.setAccessible(true);
                calls.bound.setAccessible(true);
                return calls;
            } catch (ReflectiveOperationException | InaccessibleObjectException e) {
                throw new Refusal(
                        501,
                        "this Java does not let bind() and listen() be called apart: start the proxy by its jar or with"
                                + " --add-opens java.base/sun.nio.ch=ALL-UNNAMED");
            }
        }
    }

    private final Calls calls;
    private final ServerSocketChannel channel;
    private final ProtocolFamily family;
    private final FileDescriptor descriptor;
    private final int number;

    /**
     * Calls socket().
     *
     * @param reuseAddress {@code SO_REUSEADDR}: a port with connections in TIME_WAIT may be bound
     * @param reusePort {@code SO_REUSEPORT}: the port may be shared with sockets of the same user that have it set, too
     * @throws IOException the kernel's error
     * @throws Refusal if this JDK cannot be looked into
     */
    SteppedSocket(ProtocolFamily family, boolean reuseAddress, boolean reusePort) throws IOException, Refusal {
        calls = Calls.find();
        this.family = family;
        channel = ServerSocketChannel.open(family);
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
            descriptor = (FileDescriptor) call(calls.descriptor, channel);
            number = (int) call(calls.number, channel);
            tellName();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** The file descriptor, as strace shows it. */
    int number() {
        return number;
    }

    /** The socket's number in the kernel's tables: {@code /proc/self/fd/N} is a link to {@code socket:[INODE]}. */
    long inode() throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(number)))
                .toString();
        return Long.parseLong(link.replaceAll("[^0-9]", ""));
    }

    /** What getsockname() says: {@code 0.0.0.0:0} for a socket without a name. */
    InetSocketAddress name() throws IOException {
        return (InetSocketAddress) call(calls.name, null, descriptor);
    }

    void bind(InetSocketAddress address) throws IOException {
        call(calls.bind, null, family, descriptor, address.getAddress(), address.getPort());
        tellName();
    }

    void listen(int backlog) throws IOException {
        call(calls.listen, null, descriptor, backlog);
        // one that has no name yet gets one from the kernel
        tellName();
    }

    /** Calls accept() without waiting: {@code null} if no connection is there. */
    SocketChannel accept() throws IOException {
        return channel.accept();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The channel does not ask the kernel to accept before it knows its name. */
    private void tellName() throws IOException {
        try {
            calls.bound.set(channel, name());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object call(Method method, Object target, Object... arguments) throws IOException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IOException error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
