package dev.stride.serve;

import com.sun.net.httpserver.HttpServer;
import dev.stride.config.UserException;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The opening of a server's socket. */
final class Listening {
    private Listening() {}

    /**
     * A server that listens and is not started yet.
     *
     * @param address where; port 0 takes a free one
     * @throws UserException if the address cannot be had
     */
    static HttpServer on(InetSocketAddress address) {
        try {
            if (address.isUnresolved()) {
                throw new IOException("the name is not known");
            }
            return HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new UserException("cannot listen on " + address.getHostString() + ", port " + address.getPort() + ": "
                    + e.getMessage() + ". Give --port 0 for any free port, or another --host");
        }
    }
}
