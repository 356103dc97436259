using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Supervision;

/// <summary>The supervisor that a manifest asks for.</summary>
public static class Supervisors
{
    public static ISupervisor For(ServiceDeclaration service, ServiceSurroundings surroundings) => service.Control switch
    {
        ServiceControl.Systemd systemd => new SystemdSupervisor(systemd, service.Timeout, surroundings),
        ServiceControl.Commands commands => new CommandSupervisor(commands, service.Timeout, surroundings),
        ServiceControl.Process process => new ProcessSupervisor(process, service.Timeout, surroundings),
        _ => throw new ArgumentException("unknown kind of service control", nameof(service)),
    };
}
