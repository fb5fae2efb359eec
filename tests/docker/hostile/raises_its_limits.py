# verdict: passed
# prints: refused refused refused
import resource


def refused(which):
    soft, hard = resource.getrlimit(which)
    try:
        resource.setrlimit(which, (soft, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        return "refused"
    return f"raised from {hard}"


print(*map(refused, (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)))
