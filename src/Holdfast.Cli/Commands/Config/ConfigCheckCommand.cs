using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Applications;
using Holdfast.Engine.Findings;
using Holdfast.Engine.Progress;

namespace Holdfast.Cli.Commands.Config;

/// <summary><c>holdfast config check</c>: what the manifest says and what is so on this machine.</summary>
internal sealed class ConfigCheckCommand : ISessionCommand
{
    public Command Describe() => new("check", "Compare the manifest with this machine: paths, databases, programs, the service, secrets, disks.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        var manifest = RequiredManifest.Of(session);
        var findings = await new ManifestInspection(manifest.Application, session.Clock).RunAsync(cancellationToken);
        var errors = findings.Count(finding => finding.Severity == FindingSeverity.Critical);
        Report(session.Screen, manifest.Path.ToString(), findings, errors);
        session.Screen.Json(
            new ConfigCheckDocument(
                manifest.Path.ToString(),
                errors,
                findings.Count - errors,
                [.. findings.Select(finding => new ConfigFindingDocument(
                    finding.Severity == FindingSeverity.Critical ? "error" : "warning", finding.Place!.Line, finding.Place!.Column, finding.Place!.Key, finding.Message, finding.Hint))]),
            CliJson.Default.ConfigCheckDocument);
        return errors > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    private static void Report(Screen screen, string path, IReadOnlyList<Finding> findings, int errors)
    {
        foreach (var finding in findings)
            screen.Marked(finding.Severity == FindingSeverity.Critical ? Mark.Bad : Mark.Note, finding.Describe(path));
        var warnings = findings.Count - errors;
        screen.Marked(
            errors > 0 ? Mark.Bad : Mark.Good,
            errors + warnings == 0
                ? "everything is as the manifest says"
                : $"{HumanFormat.Count(errors, "error", "errors")}, {HumanFormat.Count(warnings, "note", "notes")}");
    }
}
