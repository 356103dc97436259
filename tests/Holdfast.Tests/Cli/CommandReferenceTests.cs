using System.CommandLine;
using Holdfast.Cli;
using Holdfast.Cli.Options;
using Xunit;

namespace Holdfast.Tests.Cli;

/// <summary>docs/reference/commands.md against the command line as it is.</summary>
public sealed class CommandReferenceTests
{
    private static readonly RootCommand Root = CommandLine.Describe(new GlobalOptions(), (_, _, _) => Task.FromResult(0));

    [Fact]
    public void Every_command_has_a_section_with_its_arguments_and_options()
    {
        var sections = Sections();
        var missing = new List<string>();
        foreach (var (name, command) in Commands())
        {
            var section = sections.GetValueOrDefault($"`{name}`", string.Empty);
            if (section.Length == 0) missing.Add(name);
            missing.AddRange(command.Arguments.Where(argument => !section.Contains(argument.Name, StringComparison.Ordinal)).Select(argument => $"{name} {argument.Name}"));
            missing.AddRange(MissingIn(section, command.Options).Select(option => $"{name} {option}"));
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_global_option_has_its_line() => Assert.Empty(MissingIn(Sections()["Options of every command"], Root.Options));

    [Fact]
    public void No_section_is_about_a_command_that_is_gone()
    {
        var commands = Commands().Select(command => $"`{command.Name}`").ToHashSet(StringComparer.Ordinal);

        Assert.All(Sections().Keys.Where(title => title.StartsWith('`')), title => Assert.Contains(title, commands));
    }

    /// <summary>Every command that does something, with the words that lead to it.</summary>
    private static IEnumerable<(string Name, Command Command)> Commands() => Root.Subcommands
        .Where(command => !command.Hidden)
        .SelectMany(command => command.Subcommands.Count == 0
            ? [(command.Name, command)]
            : command.Subcommands.Select(verb => ($"{command.Name} {verb.Name}", verb)));

    /// <summary>An option stands in a row of a table, between backticks, with its short forms.</summary>
    private static IEnumerable<string> MissingIn(string section, IEnumerable<Option> options) => options
        .Where(option => !option.Hidden)
        .SelectMany(option => option.Aliases.Prepend(option.Name))
        .Where(name => !section.Contains($"`{name}`", StringComparison.Ordinal) && !section.Contains($"`{name} ", StringComparison.Ordinal));

    private static Dictionary<string, string> Sections() => File.ReadAllText(Page())
        .Split("\n## ")
        .Skip(1)
        .Select(section => section.Split('\n', 2))
        .ToDictionary(parts => parts[0].Trim(), parts => parts[1], StringComparer.Ordinal);

    private static string Page()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Holdfast.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "docs", "reference", "commands.md");
    }
}
