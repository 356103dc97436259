using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Applications;

/// <summary>Whether the application can be asked, and what it says.</summary>
internal sealed class ServiceInspection(ApplicationManifest application, FindingList findings, TimeProvider clock)
{
    private readonly ServiceSurroundings _surroundings = ServiceSurroundings.Of(application, logFolder: null, clock);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        if (application.Service is not { } service) return;
        var state = await StateAsync(service, cancellationToken).ConfigureAwait(false);
        if (service.Health is { } health) await CheckHealthAsync(health, state, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ServiceCondition> StateAsync(ServiceDeclaration service, CancellationToken cancellationToken)
    {
        string[] keys = service.Control switch
        {
            ServiceControl.Systemd => ["service", "systemd"],
            ServiceControl.Commands => ["service", "status"],
            _ => ["service", "process", "pid_file"],
        };
        try
        {
            return (await Supervisors.For(service, _surroundings).StateAsync(cancellationToken).ConfigureAwait(false)).Condition;
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound && service.Control is ServiceControl.Commands)
        {
            // Named with the other programs.
            return ServiceCondition.Unknown;
        }
        catch (HoldfastException error)
        {
            findings.Error(keys, error.Message, error.Hint);
            return ServiceCondition.Unknown;
        }
    }

    private async Task CheckHealthAsync(HealthDeclaration health, ServiceCondition state, CancellationToken cancellationToken)
    {
        string[] keys = ["service", "health"];
        if (state == ServiceCondition.Stopped)
        {
            findings.Warning(keys, "the application does not run now, so it was not asked whether it works", "start it and check again");
            return;
        }

        try
        {
            var answer = await new HealthCheck(health, _surroundings).AskAsync(cancellationToken).ConfigureAwait(false);
            if (!answer.IsGood)
                findings.Warning(keys, $"the application does not say that it works; the answer was {answer.Seen}", "start it, or correct the question: a restore would be taken back");
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.NotFound)
        {
            findings.Warning(keys, error.Message, error.Hint);
        }
        catch (HoldfastException)
        {
            // No such program: named with the other programs.
            return;
        }
    }
}
