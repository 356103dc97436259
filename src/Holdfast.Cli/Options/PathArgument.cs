using System.CommandLine;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>An argument that takes paths and refuses what looks like a misspelt option: taken for a path, it would silently change what is done.</summary>
internal static class PathArgument
{
    internal static Argument<string[]> Create(string description, string name = "PATH")
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.Length > 1 && token.Value[0] == '-'))
                result.AddError($"unknown option {Quoted.Text(token.Value)}; a file of that name is written ./{Quoted.Escape(token.Value, longest: 100)}");
        });
        return argument;
    }
}
