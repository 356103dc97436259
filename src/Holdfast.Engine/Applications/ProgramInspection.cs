using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Whether the programs that the manifest names can be run.</summary>
internal sealed class ProgramInspection(ApplicationManifest application, FindingList findings)
{
    private readonly FilePath _root = FilePath.From(application.Root);

    internal void Run()
    {
        if (application.Version is VersionDeclaration.Command(var version)) Check(version, ["version", "command"], isNeeded: false);
        Check(Of<ServiceControl.Commands>()?.Start, ["service", "start"]);
        Check(Of<ServiceControl.Commands>()?.Stop, ["service", "stop"]);
        Check(Of<ServiceControl.Commands>()?.Status, ["service", "status"]);
        Check(Of<ServiceControl.Process>()?.Start, ["service", "process", "start"]);
        if (application.Service?.Health?.Probe is HealthProbe.Command(var health)) Check(health, ["service", "health", "command"]);
        CheckAll(application.Backup.Before, "before");
        CheckAll(application.Backup.After, "after");
        Check(application.Backup.Quiesce?.Pause, ["backup", "quiesce", "pause"]);
        Check(application.Backup.Quiesce?.Resume, ["backup", "quiesce", "resume"]);
        Check(application.Drill.Boot?.Command, ["drill", "boot", "command"]);
        Check(application.Drill.Boot?.Health.Command, ["drill", "boot", "health", "command"]);
    }

    private T? Of<T>()
        where T : ServiceControl => application.Service?.Control as T;

    private void CheckAll(IReadOnlyList<IReadOnlyList<string>> programs, string key)
    {
        for (var i = 0; i < programs.Count; i++) Check(programs[i], ["backup", key, i.ToString(CultureInfo.InvariantCulture)]);
    }

    private void Check(IReadOnlyList<string>? words, IReadOnlyList<string> keys, bool isNeeded = true)
    {
        if (words is null) return;
        // A copy that is booted is started from its own root; what will be there is what is here now.
        var program = words[0].Replace("{root}", application.Root, StringComparison.Ordinal);
        var failure = findings.Ask(keys, () => Problem(program));
        if (failure is null) return;
        if (isNeeded) findings.Error(keys, failure.Message, failure.Hint);
        else findings.Warning(keys, failure.Message, failure.Hint);
    }

    private HoldfastException? Problem(string program)
    {
        try
        {
            ProgramSearch.Require(program, _root);
            return null;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            return error;
        }
    }
}
