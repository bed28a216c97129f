package dev.stride.cli;

import dev.stride.experiment.EventReader;
import dev.stride.live.LiveRuns;
import dev.stride.report.BilingualText;
import dev.stride.report.HtmlReport;
import dev.stride.report.Language;
import dev.stride.report.ReportData;
import dev.stride.report.ReportRun;
import dev.stride.report.SweepFile;
import dev.stride.report.SweepReport;
import dev.stride.serve.DashboardServer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The dashboard of a folder of runs while it is served. */
final class Dashboard implements AutoCloseable {
    /** The port that is taken unless another is asked for. */
    static final int PORT = 6017;

    private final LiveRuns runs;
    private final DashboardServer server;
    private final PageAddress address;
    private final String token;

    private Dashboard(LiveRuns runs, DashboardServer server, PageAddress address, String token) {
        this.runs = runs;
        this.server = server;
        this.address = address;
        this.token = token;
    }

    /**
     * Starts to serve, on threads that do not keep the process alive.
     *
     * @throws dev.stride.config.UserException if the address cannot be had
     */
    static Dashboard open(Path folder, PageAddress address) {
        String token = PageAddress.newToken();
        LiveRuns runs = LiveRuns.open(folder, InstantSource.system());
        try {
            DashboardServer server =
                    DashboardServer.start(runs, Dashboard::page, address.socket(), token, InstantSource.system());
            runs.start();
            return new Dashboard(runs, server, address, token);
        } catch (RuntimeException e) {
            runs.close();
            throw e;
        }
    }

    /** What a browser opens, the token in it. */
    String url() {
        return address.url(port()) + "/?token=" + token;
    }

    String token() {
        return token;
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        runs.close();
    }

    /** What {@code report} would write for a folder. */
    static String page(Path folder, @Nullable Language language) {
        Language first = language == null ? Reports.language() : language;
        if (SweepFile.isIn(folder)) {
            return SweepReport.render(SweepPage.read(folder), first);
        }
        ReportRun run = Reports.run(EventReader.read(folder));
        return HtmlReport.render(new ReportData(run.name(), BilingualText.NONE, List.of(run)), first);
    }
}
