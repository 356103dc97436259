using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Manifest;

namespace Holdfast.Cli.Commands.Config;

/// <summary><c>holdfast config show</c>: the manifest as it is understood.</summary>
internal sealed class ConfigShowCommand : ISessionCommand
{
    public Command Describe() => new("show", "Print the manifest as it is understood: absolute paths, defaults filled in, secrets taken out.");

    public Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var manifest = RequiredManifest.Of(session);
        var yaml = EffectiveManifest.Write(manifest.Application);
        session.Screen.Line(yaml.TrimEnd('\n'));
        session.Screen.Json(new ConfigShowDocument(manifest.Path.ToString(), yaml), CliJson.Default.ConfigShowDocument);
        return Task.FromResult(0);
    }
}
