package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.eval.Evaluator;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.train.TrainingData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        description = "Writes the model's answers to prompts.",
        footer = {"", "Example: stride generate --model samples/model --greedy --prompt \"你好\" --max-new-tokens 40"})
final class GenerateVerb implements Verb {
    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON list.")
    private boolean json;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "A user's message; may be given several times.")
    private List<String> prompts = new ArrayList<>();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    GenerateVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return KnobOptions.modelAndRows(
                "eval.max_new_tokens", "eval.batch", "train.precision", "train.device", "train.threads", "train.seed");
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        if (prompts.isEmpty() && config.data().train().isEmpty()) {
            throw new UserException("nothing to answer; give --prompt TEXT or --data FILE");
        }
        try (OpenModel open = OpenModel.open(config)) {
            TrainingData data = new TrainingData(config.data(), open.tokenizer());
            List<int[]> ids = new ArrayList<>();
            for (String prompt : prompts) {
                ids.add(data.template().prompt(List.of(Message.of(Role.USER, prompt))));
            }
            if (!config.data().train().isEmpty()) {
                TrainingData.Rows rows = data.train();
                TrainVerb.keepBadRows(rows.examples().badRows(), Path.of("bad-rows.jsonl"), console);
                rows.examples().examples().forEach(example -> ids.add(data.prompt(example)));
            }
            var stopIds = Arrays.stream(open.tokenizer().stopIds()).boxed().collect(Collectors.toSet());
            print(new Evaluator(open.model(), open.tokenizer())
                    .write(
                            ids,
                            sampling.sampling(config, stopIds),
                            config.eval().batch(),
                            done -> {}));
        }
        return ExitStatus.DONE;
    }

    private void print(List<Evaluator.Written> answers) {
        if (!json) {
            answers.forEach(answer -> console.print(answer.text()));
            return;
        }
        ArrayNode list = Json.mapper().createArrayNode();
        for (Evaluator.Written answer : answers) {
            ObjectNode item = list.addObject();
            item.set("prompt_ids", Json.mapper().valueToTree(answer.promptIds()));
            item.set("new_ids", Json.mapper().valueToTree(answer.newIds()));
            item.put("text", answer.text());
        }
        console.print(Json.text(list));
    }
}
