package dev.kvist.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

@Command(
    description =
        "For bash and zsh: source what it prints, for instance from ~/.bashrc. For fish: write it to ~/.config/fish/completions/kvist.fish.",
    footer = {
      "  ./kvist completion bash > kvist-completion.bash",
      "  ./kvist completion zsh > kvist-completion.zsh",
      "  ./kvist completion fish > kvist.fish"
    })
final class Completion implements Callable<Integer> {
  private final Root root;

  @Parameters(index = "0", paramLabel = "SHELL", description = "bash, zsh or fish.")
  private String shell = "";

  Completion(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() throws IOException {
    CommandLine all = Catalog.commandLine(root);
    String script =
        switch (shell) {
          case "bash", "zsh" -> AutoComplete.bash("kvist", all);
          case "fish" -> fish(all);
          default ->
              throw new IllegalArgumentException(
                  "there is no completion for '" + shell + "'; use bash, zsh or fish");
        };
    root.console().out().write(script.getBytes(StandardCharsets.UTF_8));
    return Cli.DONE;
  }

  private static String fish(CommandLine all) {
    var script = new StringBuilder("# Completion of kvist for fish\n");
    for (OptionSpec option : all.getCommandSpec().options()) {
      script.append("complete -c kvist").append(option(option)).append('\n');
    }
    all.getSubcommands()
        .forEach((name, command) -> {
          String summary = command.getCommandSpec().usageMessage().header()[0];
          script
              .append("complete -c kvist -n __fish_use_subcommand -f -a ")
              .append(name)
              .append(" -d ")
              .append(quoted(summary))
              .append('\n');
          for (OptionSpec option : command.getCommandSpec().options()) {
            if (!option.hidden() && !option.inherited()) {
              script
                  .append("complete -c kvist -n '__fish_seen_subcommand_from ")
                  .append(name)
                  .append('\'')
                  .append(option(option))
                  .append('\n');
            }
          }
        });
    return script.toString();
  }

  private static String option(OptionSpec option) {
    var text = new StringBuilder();
    for (String name : option.names()) {
      text.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
    }
    if (option.arity().max() > 0) {
      text.append(" -r");
    }
    return text.append(" -d ").append(quoted(String.join(" ", option.description()))).toString();
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
