using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary>A noun with its verbs: <c>holdfast operations list</c>.</summary>
/// <param name="Name">The noun.</param>
/// <param name="Description">What it is about.</param>
/// <param name="Commands">The verbs.</param>
internal sealed record CommandGroup(string Name, string Description, IReadOnlyList<ISessionCommand> Commands);
