using System.CommandLine;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>An argument that takes paths and refuses what looks like a misspelt option or like the address of a repository: taken for a path, it would silently change what is done.</summary>
internal static class PathArgument
{
    private static readonly string[] AddressBeginnings = ["rest:", "sftp:", "s3:"];

    internal static Argument<string[]> Create(string description, string name = "PATH")
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };
        argument.Validators.Add(result =>
        {
            // Not repeated: it may hold a password, which would go on into the output and the journal.
            if (result.Tokens.Any(token => IsAddress(token.Value))) result.AddError("a path begins like the address of a repository: name that with --repository; a file of such a name is written with ./ before it");
            foreach (var token in result.Tokens.Where(token => token.Value.Length > 1 && token.Value[0] == '-'))
                result.AddError($"unknown option {Quoted.Text(token.Value)}; a file of that name is written ./{Quoted.Escape(token.Value, longest: 100)}");
        });
        return argument;
    }

    private static bool IsAddress(string text) => Array.Exists(AddressBeginnings, beginning => text.StartsWith(beginning, StringComparison.Ordinal));
}
