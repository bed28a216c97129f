package dev.stride.report;

import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Pages read back as XML, and the small runs that single tests need. */
final class ReportPages {
    private ReportPages() {}

    static Document parse(String page) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(page.getBytes(StandardCharsets.UTF_8)));
        } catch (Exception e) {
            throw new AssertionError("the page is not well-formed: " + e.getMessage(), e);
        }
    }

    static List<Element> elements(Document page, String tag) {
        NodeList nodes = page.getElementsByTagName(tag);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    static List<Element> children(Element parent, String tag) {
        NodeList nodes = parent.getElementsByTagName(tag);
        List<Element> children = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i).getParentNode() == parent) {
                children.add((Element) nodes.item(i));
            }
        }
        return children;
    }

    static boolean hasClass(Element element, String name) {
        return List.of(element.getAttribute("class").split(" ")).contains(name);
    }

    static ReportRun run(String name, List<? extends RunEvent> events) {
        return run(name, List.of(), events, null);
    }

    static ReportRun run(
            String name, List<RatePoint> planned, List<? extends RunEvent> events, @Nullable RunResult result) {
        return new ReportRun(name, planned, List.copyOf(events), List.of(), List.of(), List.of(), Map.of(), result);
    }

    static ReportData report(ReportRun... runs) {
        return new ReportData("report", BilingualText.NONE, List.of(runs));
    }
}
